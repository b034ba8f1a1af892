"""What an artist may know about their audience: numbers by day, of what visitors and the site's users did."""
