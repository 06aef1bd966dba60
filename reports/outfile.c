// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that appear whole or not at all: a temporary beside the path, fsync,
 * rename. A full disk or a signal leaves the old file, or none.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/reports.h"

static void outfile_forget(struct outfile *out)
{
	free(out->path);
	free(out->temp);
	*out = (struct outfile){ 0 };
}

int outfile_open(struct outfile *out, const char *path)
{
	mode_t mask;
	int fd, error;

	*out = (struct outfile){ .path = strdup(path) };
	if (!out->path || asprintf(&out->temp, "%s.XXXXXX", path) < 0) {
		out->temp = NULL;
		outfile_forget(out);
		return -ENOMEM;
	}
	fd = mkstemp(out->temp);
	if (fd >= 0) {
		/* mkstemp gives 0600; a report is as readable as any file its user makes. */
		mask = umask(0);
		umask(mask);
		fchmod(fd, 0666 & ~mask);
		out->file = fdopen(fd, "w");
		if (out->file)
			return 0;
	}
	error = -errno;
	if (fd >= 0) {
		close(fd);
		unlink(out->temp);
	}
	outfile_forget(out);
	return error;
}

int outfile_commit(struct outfile *out)
{
	int error = 0;

	if (fflush(out->file) || ferror(out->file) || fsync(fileno(out->file)))
		error = errno ? -errno : -EIO;
	if (fclose(out->file) && !error)
		error = -errno;
	if (!error && rename(out->temp, out->path))
		error = -errno;
	if (error)
		unlink(out->temp);
	outfile_forget(out);
	return error;
}

void outfile_abort(struct outfile *out)
{
	fclose(out->file);
	unlink(out->temp);
	outfile_forget(out);
}
