delivery_stream "clicks" {
  # NEXT ERROR: Invalid expression
  buffer { size = }
}
