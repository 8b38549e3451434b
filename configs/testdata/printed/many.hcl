# Tabs, wide characters and escapes before the mistake.
delivery_stream "clicks" {
	buffer { interval = 60 }
  schema {
    column "id" { type = "decimal(5, 9)" }
    column "\u00e9tage" { type = "strng" }
  }
  format "parquet" {}
  destination "s3" {
    bucket = "lake"
    prefix = "日本/\"x\"/!{timestamp:yyyib}/"
  }
  error_sink "s3" { bucket = "lake-${upper("errors")}" }
}
