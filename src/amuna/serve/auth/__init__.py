"""Who is asking: sign-in, sessions, tokens, and the headers that keep a browser safe."""
