package configs

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/itchyny/gojq"
)

var keyPattern = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`)

const maxPartitionKeys = 50 // Firehose developer guide, Dynamic partitioning

// partitionBy checks the keys and their queries.
func (d *decoder) partitionBy(b *block) []PartitionKey {
	if b == nil {
		return nil
	}
	a := b.arg("jq")
	queries := b.table("jq")
	if a.ok() && len(queries) == 0 {
		d.errorAt(a.at(), "No partition key", `Write at least one key and its query, such as jq = { region = ".region" }, or take partition_by out`)
	}
	if len(queries) > maxPartitionKeys {
		d.errorAt(a.at(), "Too many partition keys", "There may be %d keys, and these are %d", maxPartitionKeys, len(queries))
	}
	var keys []PartitionKey
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		if !keyPattern.MatchString(name) {
			d.errorAt(a.keyAt(name), "Invalid partition key", "%s does not fit. A key's name has letters, digits, _ and -", capital(a.show(name)))
		}
		d.query(a, name, queries[name])
		keys = append(keys, PartitionKey{Name: name, Query: queries[name]})
	}
	return keys
}

// query checks that jq takes a query.
func (d *decoder) query(a *argument, key, text string) {
	query, err := gojq.Parse(text)
	if err == nil && strings.TrimSpace(text) == "" {
		err = errors.New("the query is empty")
	}
	at, message := a.valueAt(key), ""
	var problem *gojq.ParseError
	switch {
	case errors.As(err, &problem):
		message = problem.Error()
		if pair := a.pair(key); pair != nil {
			from := max(problem.Offset-len(problem.Token), 0)
			at = d.within(pair.ValueExpr, text, min(from, len(text)), problem.Offset)
		}
	case err != nil:
		message = err.Error()
	default:
		if _, err := gojq.Compile(query); err != nil {
			message = err.Error()
		}
	}
	if message == "" {
		return
	}
	if a.hidden {
		message = "it comes from outside the configuration and is not shown"
	}
	d.errorAt(at, "Invalid jq query", `jq does not take the query: %s. Write, for example, ".region" or ".ts[0:10]"`, message)
}

// keysAndPrefix compares the keys with those that the prefix names.
func (d *decoder) keysAndPrefix(s *stream) {
	b := s.block.first("partition_by")
	if s.dest == nil || s.dest.prefix == nil || !d.whole(s.block) || b != nil && b.arg("jq").bad {
		return
	}
	uses := s.dest.prefix.Uses()
	for _, key := range uses.LambdaKeys {
		d.errorAt(d.expressionAt(s.dest, "partitionKeyFromLambda", key), "Not in this release", "This release has no transform that gives partition keys. Use partition_by and !{partitionKeyFromQuery:%s}", key)
	}
	declared := make([]string, len(s.PartitionBy))
	for i, key := range s.PartitionBy {
		declared[i] = key.Name
	}
	for _, key := range uses.QueryKeys {
		if !slices.Contains(declared, key) {
			d.errorAt(d.expressionAt(s.dest, "partitionKeyFromQuery", key), "Unknown partition key", `No partition_by declares the key %q.%s Add partition_by { jq = { %s = ".%s" } }`, key, didYouMean(key, declared), key, key)
		}
	}
	for _, key := range declared {
		if !slices.Contains(uses.QueryKeys, key) {
			a := b.arg("jq")
			d.errorAt(a.keyAt(key), "Partition key without use", "The destination's prefix does not name the key, so records of different values would go to one folder. Add !{partitionKeyFromQuery:%s} to the prefix, or take the key out", key)
		}
	}
}

// expressionAt is where a prefix names a partition key.
func (d *decoder) expressionAt(st *store, namespace, key string) hcl.Range {
	text := "!{" + namespace + ":" + key + "}"
	from := strings.Index(st.Prefix, text)
	if from < 0 {
		return st.prefixAt()
	}
	return d.prefixPart(st, from, from+len(text))
}
