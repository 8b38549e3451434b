variable "password" {
  sensitive = true
  default   = "correct horse battery staple"
}

server {
  access_key "AKID" { secret = "correct ${1 + 1} horses", stream = [] }
  access_key "AKID2" {
    secret = correcthorse
  }
  access_key "AKID3" { secert = "correct horse" }
  region = var.password
  account = env("SECRET")
  data_dir = jsondecode(env("SECRET"))
}
