/* Feeds every file of the folders in argv to the fuzz target it is linked with. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *file = fopen(path, "rbe");

	if (!file)
		return 0;
	size_t size = fread(data, 1, sizeof(data), file);
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(data, size);
	return 1;
}

int main(int argc, char **argv)
{
	int replayed = 0;

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);

		for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
			char path[4096];

			if (e->d_name[0] == '.')
				continue;
			(void)snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
			replayed += replay_file(path);
		}
		if (dir)
			(void)closedir(dir);
	}
	(void)printf("%d inputs replayed\n", replayed);
	return replayed ? EXIT_SUCCESS : EXIT_FAILURE;
}
