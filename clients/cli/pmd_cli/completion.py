"""``pmd completion``: for bash, zsh and fish."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the shell's completion script.

    bash: eval "$(pmd completion bash)" in ~/.bashrc; zsh: the same in ~/.zshrc; fish: pmd completion fish >
    ~/.config/fish/completions/pmd.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, "pmd", "_PMD_COMPLETE").source())
