"""What runs in the child: each module has ``run(work, progress)`` or helps one that has. Never imported elsewhere."""
