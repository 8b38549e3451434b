locals {
  unused = "nothing else here"
}
