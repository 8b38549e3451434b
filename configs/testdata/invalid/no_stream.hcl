# ERROR ANYWHERE: Missing delivery_stream block
server {
  region = "eu-west-1"
}
