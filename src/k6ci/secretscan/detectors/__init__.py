"""One module per form of hard-coded secret; `registry` lists them."""
