#include <stdio.h>

int main(void)
{
	(void)printf("wookie-conform %s\n", WK_VERSION);
	return 0;
}
