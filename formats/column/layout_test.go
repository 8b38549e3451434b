package column

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTimestampFormatsReadWhatJodaReads(t *testing.T) {
	for _, tt := range []struct{ format, text, want string }{
		{"yyyy/MM/dd HH:mm", "2001/01/01 00:47", "2001-01-01T00:47:00Z"},
		{"yyyy/MM/dd HH:mm", "2001/1/1 0:47", "2001-01-01T00:47:00Z"},
		{"yyyy/MM/dd HH:mm", "2001/01/01 24:47", ""},
		{"yyyy/MM/dd HH:mm", "2001/02/29 00:47", ""},
		{"yyyy/MM/dd HH:mm", "2001/01/01 00:47:00", ""},
		{"yyyyMMdd", "20240229", "2024-02-29T00:00:00Z"},
		{"yyyyMMdd", "202402291", ""},
		{"yyyyMMdd 'at' H M", "20240229 at 7 2", "2024-02-29T07:00:00Z"},
		{"yyyyMMddHHmmssSSS", "20240229235959123", "2024-02-29T23:59:59.123Z"},
		{"dd.MM.yy", "31.12.69", "2069-12-31T00:00:00Z"},
		{"dd.MM.yy", "31.12.70", "1970-12-31T00:00:00Z"},
		{"dd.MM.yy", "31.12.1850", "1850-12-31T00:00:00Z"},
		{"EEE MMM dd HH:mm:ss yyyy", "Fri Jan 02 03:04:05 2026", "2026-01-02T03:04:05Z"},
		{"EEEE, d MMMM yyyy", "friday, 2 September 2026", "2026-09-02T00:00:00Z"},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2026-01-02T03:04:05.6+0530", "2026-01-01T21:34:05.6Z"},
		{"yyyy-MM-dd'T'HH:mm:ssZZ", "2026-01-02T03:04:05-01:00", "2026-01-02T04:04:05Z"},
		{"yyyy-MM-dd'T'HH:mm:ssZ", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"},
		{"yyyy-MM-dd HH:mm z", "2026-01-02 03:04 UTC", "2026-01-02T03:04:00Z"},
		{"yyyy-MM-dd hh:mm a", "2026-01-02 12:04 AM", "2026-01-02T00:04:00Z"},
		{"yyyy-MM-dd hh:mm a", "2026-01-02 12:04 pm", "2026-01-02T12:04:00Z"},
		{"yyyy-MM-dd hh:mm a", "2026-01-02 13:04 pm", ""},
		{"yyyy-MM-dd KK a", "2026-01-02 11 pm", "2026-01-02T23:00:00Z"},
		{"yyyy-MM-dd kk", "2026-01-02 24", "2026-01-02T00:00:00Z"},
		{"yyyy DDD", "2024 366", "2024-12-31T00:00:00Z"},
		{"yyyy DDD", "2023 366", ""},
		{"yyyy 'o''clock' H", "2026 o'clock 7", "2026-01-01T07:00:00Z"},
		{"yyyy''MM", "2026'02", "2026-02-01T00:00:00Z"},
		{"millis", "1518033528123", "2018-02-07T19:58:48.123Z"},
		{"millis", "-1", "1969-12-31T23:59:59.999Z"},
		{"millis", "1.5", ""},
		{"millis", "2026-01-02", ""},
		{"seconds", "1518033528", "2018-02-07T19:58:48Z"},
		{"yyyy", "", ""},
	} {
		l, err := parseLayout(tt.format)
		if err != nil {
			t.Errorf("%s: %v", tt.format, err)
			continue
		}
		seconds, nanos, ok := l.parse([]byte(tt.text))
		got := ""
		if ok {
			got = time.Unix(seconds, int64(nanos)).UTC().Format(time.RFC3339Nano)
		}
		if got != tt.want {
			t.Errorf("%s %q: got %q, want %q", tt.format, tt.text, got, tt.want)
		}
	}
	for _, format := range []string{"", "HH:mm", "yyyy ww", "yyyy 'open", "xxxx e", "yyyy G"} {
		if _, err := parseLayout(format); err == nil || !strings.Contains(err.Error(), "timestamp format") {
			t.Errorf("%q: got %v, want an error", format, err)
		}
	}
}

func TestTimestampFormatsComeBeforeTheUsualForms(t *testing.T) {
	for _, tt := range []struct {
		kind, doc, want string
	}{
		{OpenX, `{"at":20180207}`, "[2018-02-07 00:00:00 +0000 UTC]"},
		{OpenX, `{"at":"2018/02/07 12:30"}`, "[2018-02-07 12:30:00 +0000 UTC]"},
		{OpenX, `{"at":"2018-02-07T12:30:00+01:00"}`, "[2018-02-07 11:30:00 +0000 UTC]"},
		{OpenX, `{"at":1518033528123}`, "[2018-02-07 19:58:48.123 +0000 UTC]"},
		{Hive, `{"at":"2018/02/07 12:30"}`, "[2018-02-07 12:30:00 +0000 UTC]"},
		{Hive, `{"at":"2018-02-07 12:30:00"}`, `column at: Data does not match the schema. Invalid format: "2018-02-07 12:30:00"`},
		{Hive, `{"at":1518033528123}`, `column at: Data does not match the schema. Invalid format: "1518033528123"`},
	} {
		s := schemaOf(t, "at timestamp")
		s.Serde = Serde{Kind: tt.kind, TimestampFormats: []string{"yyyyMMdd", "yyyy/MM/dd HH:mm"}}
		c := New(s)
		got := ""
		if err := c.AppendJSON([]byte(tt.doc)); err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(rowOf(c, 0))
		}
		if got != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.kind, tt.doc, got, tt.want)
		}
	}
}

func FuzzLayout(f *testing.F) {
	f.Add("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2026-01-02T03:04:05.6+0530")
	f.Add("EEE MMM dd hh:mm a yy z", "Fri Jan 02 03:04 pm 26 UTC")
	f.Fuzz(func(t *testing.T, format, text string) {
		l, err := parseLayout(format)
		if err != nil {
			return
		}
		if seconds, nanos, ok := l.parse([]byte(text)); ok && (seconds < minSecond || seconds > maxSecond || nanos < 0 || nanos > 999999999) {
			t.Errorf("%q %q: got %d s %d ns", format, text, seconds, nanos)
		}
	})
}
