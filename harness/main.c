#include "wookie/cli/command.h"

int main(int argc, char **argv)
{
	return wk_cli_main(argc, argv);
}
