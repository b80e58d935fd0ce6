"""One module a command: inputs by name in, an ending out. They print; they neither read the environment nor exit."""
