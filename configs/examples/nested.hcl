# Nested JSON as it comes from an API becomes Parquet with arrays, maps and
# structs. Members that nobody declared are kept, so that nothing is lost when
# the sender adds one.
#
#   hydrant run -c nested.hcl
#   echo '{"orderId":"a-1","placed":"2026/01/31 23:59","items":[{"sku":"x","count":2}],"color":"red"}' | hydrant put orders -c nested.hcl

variable "dir" {
  default     = "/var/lib/hydrant-lake"
  description = "Where the files go."
}

delivery_stream "orders" {
  buffer {
    size     = "64MiB"
    interval = "60s"
  }

  schema {
    column "order_id" {
      type     = "string"
      required = true # without it a record goes to the error sink
    }
    column "placed"   { type = "timestamp" }
    column "items"    { type = "array<struct<sku:string,count:int,price:decimal(10,2)>>" }
    column "customer" { type = "struct<name:string,phones:map<string,string>>" }
    column "rest"     { type = "map<string,string>" }

    serde "openx" {
      mappings          = { order_id = "orderId" }
      timestamp_formats = ["yyyy/MM/dd HH:mm"]
    }
    unknown_columns = "collect"
    collect_into    = "rest"
  }

  format "parquet" {
    compression   = "zstd"
    bloom_filters = ["order_id", "items.element.sku"]
  }

  destination "s3" {
    bucket = "file://${var.dir}"
    prefix = "orders/"
  }

  error_sink "s3" {
    bucket = "file://${var.dir}-errors"
  }
}
