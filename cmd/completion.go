package cmd

import (
	"github.com/spf13/cobra"
)

const completionLong = `Write the completion script of a shell to standard output.

  bash        source <(mqt completion bash)
  zsh         mqt completion zsh > "${fpath[1]}/_mqt"
  fish        mqt completion fish > ~/.config/fish/completions/mqt.fish
  powershell  mqt completion powershell | Out-String | Invoke-Expression`

func newCompletion(env *Env) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell",
		Short:     "write a shell completion script",
		Long:      completionLong,
		Example:   "  source <(mqt completion bash)",
		ValidArgs: shells,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("completion: name one shell: bash, zsh, fish or powershell")
			}
			return writeCompletion(env, c.Root(), args[0])
		},
	}
}

func writeCompletion(env *Env, root *cobra.Command, shell string) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(env.Stdout, true)
	case "zsh":
		return root.GenZshCompletion(env.Stdout)
	case "fish":
		return root.GenFishCompletion(env.Stdout, true)
	case "powershell":
		return root.GenPowerShellCompletionWithDesc(env.Stdout)
	}
	return usagef("completion: unknown shell %q\nhint: bash, zsh, fish and powershell are known", shell)
}
