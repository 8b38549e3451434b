locals { bucket = env("NO_SUCH_VARIABLE") } # ERROR: Environment variable not set

delivery_stream "clicks" {
  format "json" {}
  destination "s3" {
    bucket = local.bucket
    prefix = "clicks/"
  }
  error_sink "s3" {
    bucket = "${local.bucket}-errors"
  }
}
