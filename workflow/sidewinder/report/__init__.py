"""What a person looks at: figures and pages, which compute nothing new."""
