server {
  max_memory = "1MiB" # ERROR: Invalid server max_memory
}

delivery_stream "clicks" {
  buffer {
    size = "1GB2" # ERROR: Invalid buffer size
    interval = 5 # ERROR: Invalid buffer interval
  }
  schema {
    column "id" { type = "strin" } # ERROR: Invalid column type
    column "ID" { type = "int" } # ERROR: Duplicate column
  }
  format "parquet" { compression = "lzo" } # ERROR: Invalid parquet compression
  destination "s3" {
    bucket = "Lake" # ERROR: Invalid destination bucket
    prefix = "c/!{time:yyyy}/" # ERROR: Invalid destination prefix
    timezone = "Europe/Atlantis" # ERROR: Unknown time zone
  }
  error_sink "s3" { bucket = "lake-errors" }
}
