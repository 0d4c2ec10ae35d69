#include "wookie/cli/command.h"
#include "wookie/proc/title.h"

int main(int argc, char **argv)
{
	return wk_cli_main(argc, wk_title_prepare(argv));
}
