package destinations

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const objectID = "0f8fad5b-d9cb-469f-a165-70867728950e"

var arrival = time.Date(2026, 7, 13, 14, 5, 59, 0, time.UTC)

func values() Values {
	return Values{
		Time: arrival, ID: objectID, ErrorType: "processing-failed",
		PartitionKeys: map[string]string{"region": "eu", "path": "a/b=c%"},
		LambdaKeys:    map[string]string{"region": "from transform"},
	}
}

func ExamplePrefix_Key() {
	p, _ := ParsePrefix("clicks/dt=!{timestamp:yyyy-MM-dd}/", PrefixOptions{})
	arrival := time.Date(2026, 3, 9, 23, 59, 0, 0, time.UTC)
	key, _ := p.Key(Values{Time: arrival, ID: "0f8fad5b-d9cb-469f-a165-70867728950e"}, "clicks", 3, ".parquet")
	fmt.Println(key)
	// Output: clicks/dt=2026-03-09/clicks-3-2026-03-09-23-59-00-0f8fad5b-d9cb-469f-a165-70867728950e.parquet
}

func TestPrefixExpands(t *testing.T) {
	for _, c := range []struct {
		name, prefix, want string
		o                  PrefixOptions
	}{
		{name: "nothing given", prefix: "", want: "2026/07/13/14/"},
		{name: "literal", prefix: "legacy/", want: "legacy/2026/07/13/14/"},
		{name: "literal without a slash", prefix: "legacy", want: "legacy2026/07/13/14/"},
		{name: "a time", prefix: "a/!{timestamp:yyyy/MM/dd}/", want: "a/2026/07/13/"},
		{name: "a zone", prefix: "!{timestamp:HH}/", want: "23/", o: PrefixOptions{Location: mustZone("Asia/Seoul")}},
		{name: "hive style", prefix: "year=!{timestamp:yyyy}/month=!{timestamp:MM}/", want: "year=2026/month=07/"},
		{name: "only a partition key", prefix: "r=!{partitionKeyFromQuery:region}/", want: "r=eu/"},
		{name: "two namespaces of keys", prefix: "!{partitionKeyFromQuery:region}-!{partitionKeyFromLambda:region}/", want: "eu-from transform/"},
		{name: "escaped value", prefix: "p=!{partitionKeyFromQuery:path}/", want: "p=a%2Fb%3Dc%25/"},
		{name: "default error prefix", prefix: "", want: "processing-failed/2026/07/13/14/", o: PrefixOptions{ErrorOutput: true}},
		{name: "literal error prefix", prefix: "bad/", want: "bad/2026/07/13/14/", o: PrefixOptions{ErrorOutput: true}},
		{name: "error type", prefix: "bad/!{firehose:error-output-type}/", want: "bad/processing-failed/", o: PrefixOptions{ErrorOutput: true}},
		{name: "dots before the name", prefix: "!{timestamp:yyyy}/..", want: "2026/.."},
		{name: "an exclamation mark", prefix: "hi!/!x{}/", want: "hi!/!x{}/2026/07/13/14/"},
	} {
		p, err := ParsePrefix(c.prefix, c.o)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, err := p.Expand(values()); err != nil || got != c.want {
			t.Errorf("%s: %q = %q, %v, want %q", c.name, c.prefix, got, err, c.want)
		}
	}
}

func TestBadPrefixesAreRefusedWhereTheyAreBad(t *testing.T) {
	plain, errs := PrefixOptions{}, PrefixOptions{ErrorOutput: true}
	for _, c := range []struct {
		name, prefix string
		o            PrefixOptions
		pos, len     int
		hint         string
	}{
		{"unclosed", "ab/!{timestamp:yyyy", plain, 3, 16, "!{namespace:value}"},
		{"no colon", "!{timestamp}", plain, 0, 12, "!{namespace:value}"},
		{"no value", "!{timestamp:}", plain, 0, 13, "!{namespace:value}"},
		{"namespace", "a!{time:yyyy}", plain, 3, 4, "timestamp"},
		{"letter case", "!{TimeStamp:yyyy}", plain, 2, 9, "write timestamp"},
		{"pattern letter", "!{timestamp:yyyy/J}", plain, 17, 1, "DDD"},
		{"firehose value", "!{firehose:random}", plain, 11, 6, "random-string"},
		{"error type in a data prefix", "!{firehose:error-output-type}", plain, 11, 17, "error_sink"},
		{"key in an error prefix", "!{partitionKeyFromQuery:a}", errs, 0, 26, "leave it out"},
		{"error prefix without type", "!{timestamp:yyyy}/", errs, 0, 18, "error-output-type"},
		{"error prefix with random only", "!{firehose:random-string}/", errs, 0, 26, "error-output-type"},
		{"control character", "a\nb", plain, 1, 1, "leave it out"},
		{"invalid UTF-8", "ab\xff", plain, 2, 1, ""},
		{"up", "a/../", plain, 0, 5, "leave it out"},
		{"up by a quoted text", "a/!{timestamp:'..'}/", plain, 0, 20, "leave it out"},
		{"long", strings.Repeat("x", 513), plain, 0, 513, "shorter"},
	} {
		_, err := ParsePrefix(c.prefix, c.o)
		var perr *PrefixError
		if !errors.As(err, &perr) {
			t.Errorf("%s: %.40q gives %v, want a *PrefixError", c.name, c.prefix, err)
			continue
		}
		if perr.Pos != c.pos || perr.Len != c.len || !strings.Contains(perr.Hint, c.hint) {
			t.Errorf("%s: %+v, want position %d, length %d, hint %q", c.name, perr, c.pos, c.len, c.hint)
		}
	}
}

func TestPrefixSaysWhatItUses(t *testing.T) {
	p, err := ParsePrefix("!{partitionKeyFromQuery:b}!{partitionKeyFromQuery:a}!{partitionKeyFromQuery:b}!{partitionKeyFromLambda:c}!{firehose:random-string}", PrefixOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%+v", p.Uses())
	want := "{QueryKeys:[a b] LambdaKeys:[c] Timestamp:false Random:true ErrorType:false}"
	if got != want {
		t.Errorf("uses %s, want %s", got, want)
	}
}

func TestRandomStringsDifferByPlaceAndRepeatByObject(t *testing.T) {
	p, err := ParsePrefix("!{firehose:random-string}/!{firehose:random-string}/", PrefixOptions{})
	if err != nil {
		t.Fatal(err)
	}
	expand := func(id string) string {
		v := values()
		v.ID = id
		s, err := p.Expand(v)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := expand(objectID)
	parts := strings.Split(first, "/")
	if len(parts[0]) != 11 || len(parts[1]) != 11 || parts[0] == parts[1] || !strings.HasSuffix(first, "/2026/07/13/14/") {
		t.Errorf("got %q, want two unlike strings of 11 and the hour", first)
	}
	if again := expand(objectID); again != first {
		t.Errorf("the same object gives %q and then %q", first, again)
	}
	if other := expand("another"); other == first {
		t.Errorf("another object gives %q, too", other)
	}
	if _, err := p.Expand(Values{Time: arrival}); err == nil {
		t.Error("no id is accepted")
	}
}

func TestBadPartitionValuesAreErrorsOfTheValue(t *testing.T) {
	p, err := ParsePrefix("r=x/!{partitionKeyFromQuery:r}/", PrefixOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"", ".", "..", "a\x00", "a\n", "a\x7f", "a\u0085", "a\xff", strings.Repeat("x", 201), strings.Repeat("/", 67)} {
		_, err := p.Expand(Values{Time: arrival, PartitionKeys: map[string]string{"r": value}})
		var verr *PartitionValueError
		if !errors.As(err, &verr) || verr.Key != "r" {
			t.Errorf("value %.20q gives %v, want a *PartitionValueError for r", value, err)
		}
	}
	for value, want := range map[string]string{"서울": "서울", "a b": "a b", "...": "...", "10:30": "10%3A30", "../x": "..%2Fx"} {
		got, err := EscapePartitionValue("r", value)
		if err != nil || got != want {
			t.Errorf("value %q = %q, %v, want %q", value, got, err, want)
		}
	}
}

func TestDotsFromTwoValuesMakeNoFolder(t *testing.T) {
	p, err := ParsePrefix("a/!{partitionKeyFromQuery:x}.!{partitionKeyFromQuery:y}/", PrefixOptions{})
	if err != nil {
		t.Fatal(err)
	}
	q, err := ParsePrefix("a/!{partitionKeyFromQuery:x}!{partitionKeyFromQuery:y}/", PrefixOptions{})
	if err != nil {
		t.Fatal(err)
	}
	v := Values{Time: arrival, PartitionKeys: map[string]string{"x": "a", "y": "b"}}
	if _, err := p.Expand(v); err != nil {
		t.Error(err)
	}
	v.PartitionKeys = map[string]string{"x": ".", "y": "."}
	if got, err := q.Expand(v); err == nil {
		t.Errorf("got %q, want an error", got)
	}
}

func TestLongPrefixAndKeyAreRefused(t *testing.T) {
	p, err := ParsePrefix(strings.Repeat("!{partitionKeyFromQuery:r}/", 3), PrefixOptions{})
	if err != nil {
		t.Fatal(err)
	}
	v := Values{Time: arrival, ID: objectID, PartitionKeys: map[string]string{"r": strings.Repeat("x", 180)}}
	if got, err := p.Expand(v); err == nil {
		t.Errorf("a prefix of %d bytes is accepted", len(got))
	}
	v.PartitionKeys["r"] = "x"
	if got, err := p.Key(v, strings.Repeat("s", 1000), 1, ""); err == nil {
		t.Errorf("a key of %d bytes is accepted", len(got))
	}
	// The hour that is appended doesn't count.
	p, err = ParsePrefix(strings.Repeat("x", 512), PrefixOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Expand(v); err != nil {
		t.Error(err)
	}
}

func TestSlipsAreWarnedOf(t *testing.T) {
	for _, c := range []struct{ prefix, want string }{
		{"a/!{timestamp:YYYY/MM/dd}/", "write yyyy"},
		{"a/!{timestamp:yyyy/mm/dd}/", "the month is MM"},
		{"a/!{timestamp:yyyy/MM/DD}/", "the day of the month is dd"},
		{"a/!{timestamp:yyyy/MM/dd/hh}/", "the hour of the day is HH"},
		{"a", "end it with /"},
		{"/a/", "leave the first / out"},
		{"a//!{timestamp:yyyy}/", "write one /"},
		{"a/{timestamp:yyyy}/", "write !{timestamp:...}"},
		{"a/!{timestamp:yyyy}/_", "end the prefix with /"},
	} {
		p, err := ParsePrefix(c.prefix, PrefixOptions{})
		if err != nil {
			t.Errorf("%s: %v", c.prefix, err)
			continue
		}
		w := p.Warnings()
		if len(w) != 1 || w[0].Hint != c.want || w[0].Pos+w[0].Len > len(c.prefix) {
			t.Errorf("%s: warnings %v, want one with the hint %q", c.prefix, w, c.want)
		}
	}
	for _, quiet := range []string{"", "a/", "a/!{timestamp:yyyy/MM/dd/HH}/", "!{timestamp:YYYY-'W'ww}/", "!{timestamp:yyyy-DDD}/", "!{timestamp:hh a mm}/", "p=!{timestamp:HH}/x"} {
		p, err := ParsePrefix(quiet, PrefixOptions{})
		if err != nil {
			t.Errorf("%q: %v", quiet, err)
		} else if w := p.Warnings(); len(w) != 0 {
			t.Errorf("%q: warnings %v, want none", quiet, w)
		}
	}
}

func TestObjectNamesAreFirehoses(t *testing.T) {
	got := ObjectName("orders", 3, arrival, objectID, ".gz")
	want := "orders-3-2026-07-13-14-05-59-0f8fad5b-d9cb-469f-a165-70867728950e.gz"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheStampIsInTheZoneOfThePrefix(t *testing.T) {
	p, err := ParsePrefix("", PrefixOptions{Location: mustZone("America/New_York")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Key(values(), "s", 1, "")
	if want := "2026/07/13/10/s-1-2026-07-13-10-05-59-" + objectID; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestZonesOfOldAndNewNamesAreKnown(t *testing.T) {
	for _, name := range []string{"", "UTC", "Asia/Calcutta", "Asia/Kolkata", "Europe/Kiev", "Europe/Kyiv", "America/Port-au-Prince", "EST"} {
		if _, err := ParseTimeZone(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"Local", "Mars/Olympus", "../etc/passwd"} {
		if _, err := ParseTimeZone(name); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}

func FuzzParsedPrefixesExpandToSafeKeys(f *testing.F) {
	for _, s := range []string{"", "a/!{timestamp:yyyy/MM/dd}/", "!{partitionKeyFromQuery:region}!{firehose:random-string}", "!{timestamp:'x''y'[B]}", "!{"} {
		f.Add(s, "v")
	}
	f.Fuzz(func(t *testing.T, s, value string) {
		p, err := ParsePrefix(s, PrefixOptions{})
		if err != nil {
			var perr *PrefixError
			if !errors.As(err, &perr) || perr.Pos < 0 || perr.Pos+perr.Len > len(s) {
				t.Fatalf("%q: %#v", s, err)
			}
			return
		}
		v := Values{Time: arrival, ID: objectID, PartitionKeys: map[string]string{}}
		for _, k := range p.Uses().QueryKeys {
			v.PartitionKeys[k] = value
		}
		got, err := p.Expand(v)
		if err != nil {
			return
		}
		if len(got) > MaxPrefix+len("2026/07/13/14/") || dotFolder(got) || strings.ContainsFunc(got, isControl) {
			t.Fatalf("%q of %q = %q", s, value, got)
		}
	})
}
