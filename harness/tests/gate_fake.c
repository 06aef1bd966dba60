// SPDX-License-Identifier: GPL-2.0-only
/* `zaplock gate' on the target that fails as told, for cli_gate.sh. */
#include "harness/cli/cli.h"

const char *argp_program_version = "gate_fake";

int main(int argc, char **argv)
{
	argp_err_exit_status = EXIT_INPUT;
	argv[0] = "gate";
	return cmd_gate(argc, argv);
}
