delivery_stream "clicks" { # ERROR: Missing format block # ERROR: Missing destination block # ERROR: Missing error_sink block
}
