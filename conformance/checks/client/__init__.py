"""What a client has to do, judged by the servers that it talks to."""
