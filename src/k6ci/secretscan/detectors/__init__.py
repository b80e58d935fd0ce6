"""One module for each way in which a secret is written down; `registry` lists them."""
