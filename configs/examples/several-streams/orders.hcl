delivery_stream "orders" {
  buffer { interval = local.interval }

  schema {
    column "order_id" { type = "bigint" }
    column "customer" { type = "string" }
    column "total"    { type = "decimal(12,2)" }
    column "paid"     { type = "boolean" }
    column "at"       { type = "timestamp" }
  }

  format "parquet" { compression = "zstd" }

  destination "s3" {
    bucket   = local.bucket
    prefix   = "orders/${local.day}/"
    endpoint = var.endpoint
    tags     = merge(local.tags, { content = "orders" })
  }

  error_sink "s3" {
    bucket   = local.errors
    endpoint = var.endpoint
  }
}
