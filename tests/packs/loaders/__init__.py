"""What games load packs with, from npm."""
