"""How people who look at no page are told that something waits for them: by mail, and by a webhook."""
