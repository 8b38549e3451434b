package destinations

import "strings"

func (ps *prefixParser) warn(pos, length int, message, hint string) {
	ps.p.warnings = append(ps.p.warnings, &PrefixError{pos, length, message, hint})
}

// warnAll looks for what is allowed and seldom meant.
func (ps *prefixParser) warnAll(sample string) {
	ps.warnLetters()
	all := len(ps.in)
	if ps.p.implicit && sample != "" && !strings.HasSuffix(sample, "/") {
		ps.warn(0, all, "no slash at the end: keys begin with "+sample+"yyyy/MM/dd/HH/", "end it with /")
	}
	if strings.HasPrefix(sample, "/") {
		ps.warn(0, 1, "keys that begin with a slash lie in a folder without a name", "leave the first / out")
	}
	if i := strings.Index(ps.in, "//"); i >= 0 {
		ps.warn(i, 2, "// makes a folder without a name", "write one /")
	}
	tail := sample[strings.LastIndexByte(sample, '/')+1:]
	if !ps.p.implicit && strings.HasPrefix(tail, "_") || strings.HasPrefix(tail, ".") {
		ps.warn(all-min(all, len(tail)), min(all, len(tail)), "Athena, Hive and Spark don't read objects whose name begins with _ or .", "end the prefix with /")
	}
	if ps.o.ErrorOutput && !ps.p.uses.ErrorType {
		ps.warn(0, all, "all kinds of error go to one folder", "add !{firehose:error-output-type}/")
	}
}

// warnLetters finds the classic slips with java.time patterns.
func (ps *prefixParser) warnLetters() {
	has := func(letters string) bool {
		for i := range len(letters) {
			if _, ok := ps.letters[letters[i]]; ok {
				return true
			}
		}
		return false
	}
	slip := func(letter byte, when bool, message, hint string) {
		if pos, ok := ps.letters[letter]; ok && when {
			ps.warn(pos, 1, message, hint)
		}
	}
	slip('Y', !has("w"), "Y is the year of the week, which differs from the calendar year around New Year", "write yyyy")
	slip('m', !has("HhkKB"), "m is the minute, and there is no hour", "the month is MM")
	slip('D', has("ML"), "D is the day of the year, beside the month", "the day of the month is dd")
	slip('h', !has("aB"), "h is the hour from 1 to 12, without AM or PM", "the hour of the day is HH")
	slip('K', !has("aB"), "K is the hour from 0 to 11, without AM or PM", "the hour of the day is HH")
	slip('S', !has("s"), "S is the fraction of a second, without the second", "the second is ss")
}
