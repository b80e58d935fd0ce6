"""One module a command: the context and its inputs in, a result out. Commands print; none reads the environment."""
