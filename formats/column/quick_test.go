package column

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// quickValues are values at the edges of what is read the quick way.
var quickValues = []string{
	"0", "-0", "7", "-7", "00", "01", "-01", "12345678", "123456789", "1234567890123", "123456789012345", "1234567890123456",
	"-999999999999999", "99999999999999999999", "127", "128", "-128", "-129", "2147483647", "2147483648", "1e5", "1.5e3", "12a", "-", "",
	"0.5", "-0.0", "1.", ".5", "1.23456789", "0.12345678", "1.234567890123456", "12345678.12345678", "123456.123456789", "0.000000000000001", "9.99999999999999", "1.5.5",
	"true", "false", "truef", "falsy", "tru", "null", "[1]", "{}",
	`""`, `"a"`, `"1234567"`, `"12345678"`, `"123456789012345"`, `"1234567890123456"`, `"a\"b"`, `"é"`, `"a` + "\x01" + `"`, `"x`, `"` + strings.Repeat("long ", 30) + `"`,
}

// quickRow reads doc and returns what the leaves then hold, and the error.
func quickRow(c *Columns, doc string) (string, error) {
	c.Reset()
	err := c.AppendJSON([]byte(doc))
	var b strings.Builder
	for _, l := range c.Leaves {
		fmt.Fprintf(&b, "%v %v %v %x %q %v;", l.Def, l.Ints, l.Floats, l.Floats, l.Bytes, l.Ends)
	}
	return b.String(), err
}

// checkQuick reads doc the quick way and, with a blank behind each value, the
// thorough way.
func checkQuick(t *testing.T, values []string) {
	t.Helper()
	names := []string{"tiny", "int", "big", "real", "flag", "text", "a_name_of_many_letters"}
	s := schemaOf(t, "tiny tinyint", "int int", "big bigint", "real double", "flag boolean", "text string", "a_name_of_many_letters string")
	quick, thorough := make([]string, len(names)), make([]string, len(names))
	for i, name := range names {
		quick[i] = fmt.Sprintf("%q:%s", name, values[i])
		thorough[i] = quick[i] + " "
	}
	got, gotErr := quickRow(New(s), "{"+strings.Join(quick, ",")+"}")
	want, wantErr := quickRow(New(s), "{"+strings.Join(thorough, ",")+"}")
	if got != want || (gotErr == nil) != (wantErr == nil) {
		t.Errorf("row %q\n got %s, %v\nwant %s, %v", quick, got, gotErr, want, wantErr)
	}
}

func TestValuesReadTheQuickWayAreThoseOfTheThoroughWay(t *testing.T) {
	plain := []string{"1", "2", "3", "4.5", "true", `"x"`, `"y"`}
	for at := range plain {
		for _, v := range quickValues {
			values := append([]string{}, plain...)
			values[at] = v
			checkQuick(t, values)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		number := fmt.Sprintf("%.*f", r.IntN(12), (r.Float64()-0.5)*float64(int64(1)<<r.IntN(50)))
		checkQuick(t, []string{"1", fmt.Sprint(r.Int32()), fmt.Sprint(r.Int64() >> r.IntN(60)), number, "false", `"x"`, `"y"`})
	}
}

func TestWhatFollowsAQuickValueIsChecked(t *testing.T) {
	c := New(schemaOf(t, "a int", "b int"))
	for _, doc := range []string{`{"a":1,}`, `{"a":1,"b":2,}`, `{"a":1`, `{"a":1,`, `{"a":1 "b":2}`, `{"a":1,"b":2}x`, `{"a":1,"b":2]`, `{"a":1,,"b":2}`, `{"a" 1}`, `{"a":`} {
		if _, err := quickRow(c, doc); err == nil || c.Rows() != 0 {
			t.Errorf("%s: %d rows and error %v, want none and an error", doc, c.Rows(), err)
		}
	}
	want := []int64{1, 2}
	for _, doc := range []string{`{"a":1,"b":2}`, `{"a": 1, "b": 2}`, `{ "a" : 1 , "b" : 2 }`, "{\n  \"a\":  1,\n  \"b\":\t2\n}", `{"a":1,"a":9,"b":2}`, `{"b":2,"a":1}`, `{"A":1,"x":[{}],"B":2,"b":3}`} {
		_, err := quickRow(c, doc)
		if got := []int64{first(c.Leaves[0].Ints), first(c.Leaves[1].Ints)}; err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, %v; want %v", doc, got, err, want)
		}
	}
}

func first(v []int64) int64 {
	if len(v) != 1 {
		return -1
	}
	return v[0]
}

func FuzzQuickValues(f *testing.F) {
	for _, v := range quickValues {
		f.Add(v, v)
	}
	f.Fuzz(func(t *testing.T, number, text string) {
		if strings.ContainsAny(number+text, ",:{}[] \t\r\n") {
			return // they end a value, or begin another
		}
		checkQuick(t, []string{number, number, number, number, number, text, text})
	})
}

// TestADocumentIsReadUpToItsEnd has documents of every length, with what a
// longer one before left in the memory behind.
func TestADocumentIsReadUpToItsEnd(t *testing.T) {
	c := New(schemaOf(t, "a string", "n bigint"))
	long := `{"a":"` + strings.Repeat("7", 300) + `","n":77777777}`
	for n := range 80 {
		if _, err := quickRow(c, long); err != nil {
			t.Fatal(err)
		}
		text := bytes.Repeat([]byte("é"), n)
		doc := fmt.Sprintf(`{"n":%d,"a":"%s"}`, n, text)
		if _, err := quickRow(c, doc); err != nil || !bytes.Equal(c.Leaves[0].Bytes, text) || first(c.Leaves[1].Ints) != int64(n) {
			t.Errorf("%s: got %q, %v, %v", doc, c.Leaves[0].Bytes, c.Leaves[1].Ints, err)
		}
		for cut := range len(doc) {
			if _, err := quickRow(c, doc[:cut]); err == nil {
				t.Errorf("%q is taken for a whole document", doc[:cut])
			}
		}
	}
}
