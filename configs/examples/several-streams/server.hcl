# A directory is one configuration: hydrant run -c several-streams/
# All its *.hcl files are read, and see the same variables and locals.

variable "stage" {
  default     = "dev"
  description = "dev or prod."
}

variable "endpoint" { default = null }

locals {
  bucket   = "shop-${var.stage}"
  errors   = "shop-${var.stage}-errors"
  day      = "dt=!{timestamp:yyyy-MM-dd}"
  interval = var.stage == "prod" ? "5m" : "10s"
  tags     = { stage = var.stage, owner = "shop" }
}

server {
  data_dir = "/var/lib/hydrant-${var.stage}"
  max_disk = var.stage == "prod" ? "500GiB" : "5GiB"
}
