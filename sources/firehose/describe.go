package firehose

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hydrant/sources"
)

// members are those of a control request's object. Like AWS it tells their
// names apart by case, takes null as absent and passes over unknown ones.
type members map[string]json.RawMessage

func parseMembers(text []byte) (members, error) {
	var m members
	if err := json.Unmarshal(text, &m); err != nil || m == nil {
		return nil, refuse(400, "SerializationException", "The request body is not a JSON object.")
	}
	return m, nil
}

// get reads a member into dst, a pointer to a pointer that stays nil if the
// member is absent.
func (m members) get(name string, dst any) error {
	raw, ok := m[name]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(raw, dst); err != nil {
		return refuse(400, "SerializationException", "%s has the wrong JSON type.", name)
	}
	return nil
}

// describe is DescribeDeliveryStream (Firehose API reference).
func (c *call) describe(text []byte) ([]byte, error) {
	m, err := parseMembers(text)
	if err != nil {
		return nil, err
	}
	var name *string
	var limit *int64
	if err := m.get("DeliveryStreamName", &name); err != nil {
		return nil, err
	}
	if err := m.get("Limit", &limit); err != nil {
		return nil, err
	}
	var v violations
	v.streamName(deref(name), name != nil)
	v.limit(limit)
	if err := v.err(); err != nil {
		return nil, err
	}
	s, err := c.stream(*name)
	if err != nil {
		return nil, err
	}
	return json.Marshal(object{"DeliveryStreamDescription": c.description(s.Info())})
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

type object map[string]any

// description is a stream as Firehose describes one with an S3 destination.
// What has no counterpart there is left out.
func (c *call) description(info sources.Info) object {
	d := object{
		"DeliveryStreamName":                    info.Name,
		"DeliveryStreamARN":                     c.arn(info.Name),
		"DeliveryStreamStatus":                  "ACTIVE",
		"DeliveryStreamType":                    "DirectPut",
		"DeliveryStreamEncryptionConfiguration": object{"Status": "DISABLED"},
		"VersionId":                             strconv.Itoa(max(info.Version, 1)),
		"CreateTimestamp":                       seconds(info.Created),
		"HasMoreDestinations":                   false,
		"Destinations": []object{{
			"DestinationId":                    "destinationId-000000000001",
			"S3DestinationDescription":         c.s3(info),
			"ExtendedS3DestinationDescription": c.extendedS3(info),
		}},
	}
	if !info.Updated.IsZero() {
		d["LastUpdateTimestamp"] = seconds(info.Updated)
	}
	return d
}

// seconds is a time as the protocol has it: seconds since 1970 with
// milliseconds after the point.
func seconds(t time.Time) json.RawMessage {
	ms := t.UnixMilli()
	return fmt.Appendf(nil, "%d.%03d", ms/1000, ms%1000)
}

func (c *call) s3(info sources.Info) object {
	return object{
		"RoleARN":   "arn:aws:iam::" + c.Account + ":role/hydrant",
		"BucketARN": bucketARN(info.Bucket),
		"Prefix":    info.Prefix, "ErrorOutputPrefix": info.ErrorPrefix,
		"BufferingHints": object{
			"SizeInMBs":         max((info.BufferBytes+1<<20-1)>>20, 1),
			"IntervalInSeconds": int64(info.BufferInterval / time.Second),
		},
		"CompressionFormat":        compressionFormat(info),
		"EncryptionConfiguration":  object{"NoEncryptionConfig": "NoEncryption"},
		"CloudWatchLoggingOptions": object{"Enabled": false},
	}
}

func (c *call) extendedS3(info sources.Info) object {
	d := c.s3(info)
	d["S3BackupMode"] = "Disabled"
	d["ProcessingConfiguration"] = object{"Enabled": false, "Processors": []object{}}
	d["DataFormatConversionConfiguration"] = object{"Enabled": false}
	if info.Format == "parquet" {
		d["DataFormatConversionConfiguration"] = object{
			"Enabled":                   true,
			"OutputFormatConfiguration": object{"Serializer": object{"ParquetSerDe": object{}}},
		}
	}
	d["CustomTimeZone"] = "UTC"
	if info.TimeZone != "" {
		d["CustomTimeZone"] = info.TimeZone
	}
	return d
}

// bucketARN is the bucket's ARN; a directory stays the URL that it is.
func bucketARN(bucket string) string {
	if strings.Contains(bucket, "://") {
		return bucket
	}
	return "arn:aws:s3:::" + bucket
}

// compressionFormat gives our names Firehose's spelling. A format that
// compresses by itself counts as uncompressed there.
func compressionFormat(info sources.Info) string {
	switch info.Compression {
	case "", "none":
		return "UNCOMPRESSED"
	case "snappy":
		if info.Format == "parquet" {
			return "UNCOMPRESSED"
		}
		return "Snappy"
	}
	if info.Format == "parquet" {
		return "UNCOMPRESSED"
	}
	return strings.ToUpper(info.Compression)
}

var streamTypes = []string{"DirectPut", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"}

// list is ListDeliveryStreams (Firehose API reference). A key sees the streams
// that it may use.
func (c *call) list(text []byte) ([]byte, error) {
	m, err := parseMembers(text)
	if err != nil {
		return nil, err
	}
	var limit *int64
	var kind, after *string
	for name, dst := range map[string]any{"Limit": &limit, "DeliveryStreamType": &kind, "ExclusiveStartDeliveryStreamName": &after} {
		if err := m.get(name, dst); err != nil {
			return nil, err
		}
	}
	var v violations
	v.limit(limit)
	if kind != nil && !slices.Contains(streamTypes, *kind) {
		v.add("deliveryStreamType", "Member must satisfy enum value set: ["+strings.Join(streamTypes, ", ")+"]")
	}
	if after != nil {
		v.name("exclusiveStartDeliveryStreamName", *after, true)
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	most := int64(10)
	if limit != nil {
		most = *limit
	}
	return json.Marshal(c.page(deref(kind), deref(after), int(most)))
}

// page returns the first names after the given one.
func (c *call) page(kind, after string, most int) object {
	names, more := []string{}, false
	for _, name := range c.streams.Names() {
		if name <= after || kind != "" && kind != "DirectPut" || c.Auth != nil && !c.key.Allows(name) {
			continue
		}
		if more = len(names) == most; more {
			break
		}
		names = append(names, name)
	}
	return object{"DeliveryStreamNames": names, "HasMoreDeliveryStreams": more}
}
