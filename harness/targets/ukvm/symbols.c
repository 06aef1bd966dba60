// SPDX-License-Identifier: GPL-2.0-only
/* See symbols.h. The file's format: System V gABI, ELF-64. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/targets/ukvm/symbols.h"

struct symbols {
	void *file;
	size_t size;
	const char *names;
	size_t names_size;
	size_t nr;
	struct function {
		uint64_t start, size;	/* relative to where the library is loaded */
		uint32_t name;
	} functions[];
};

static int by_start(const void *a, const void *b)
{
	const struct function *f = a, *g = b;

	return f->start < g->start ? -1 : f->start > g->start;
}

/* The section header of type @type, whole within the file; NULL. */
static const Elf64_Shdr *section(const char *file, size_t size, uint32_t type)
{
	const Elf64_Ehdr *elf = (const void *)file;

	if (size < sizeof(*elf) || memcmp(elf->e_ident, ELFMAG, SELFMAG) ||
	    elf->e_shentsize != sizeof(Elf64_Shdr) || elf->e_shoff > size ||
	    elf->e_shnum > (size - elf->e_shoff) / sizeof(Elf64_Shdr))
		return NULL;
	for (unsigned i = 0; i < elf->e_shnum; i++) {
		const Elf64_Shdr *header = (const Elf64_Shdr *)(file + elf->e_shoff) + i;

		if (header->sh_type == type && header->sh_offset <= size &&
		    header->sh_size <= size - header->sh_offset)
			return header;
	}
	return NULL;
}

static struct symbols *read_symbols(char *file, size_t size)
{
	const Elf64_Shdr *table = section(file, size, SHT_SYMTAB), *strings;
	const Elf64_Ehdr *elf = (const void *)file;
	const Elf64_Sym *symbol;
	struct symbols *symbols;
	size_t nr;

	if (!table || table->sh_link >= elf->e_shnum)
		return NULL;
	strings = (const Elf64_Shdr *)(file + elf->e_shoff) + table->sh_link;
	if (strings->sh_offset > size || strings->sh_size > size - strings->sh_offset ||
	    !strings->sh_size || file[strings->sh_offset + strings->sh_size - 1])
		return NULL;
	nr = table->sh_size / sizeof(*symbol);
	symbols = calloc(1, sizeof(*symbols) + nr * sizeof(symbols->functions[0]));
	if (!symbols)
		return NULL;
	symbols->names = file + strings->sh_offset;
	symbols->names_size = strings->sh_size;
	symbol = (const Elf64_Sym *)(file + table->sh_offset);
	for (size_t i = 0; i < nr; i++, symbol++) {
		if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF &&
		    symbol->st_name < symbols->names_size)
			symbols->functions[symbols->nr++] = (struct function){
				symbol->st_value, symbol->st_size, symbol->st_name };
	}
	qsort(symbols->functions, symbols->nr, sizeof(symbols->functions[0]), by_start);
	return symbols;
}

struct symbols *symbols_load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct symbols *symbols = NULL;
	struct stat st;
	void *file;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && st.st_size > 0) {
		file = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (file != MAP_FAILED) {
			symbols = read_symbols(file, st.st_size);
			if (symbols) {
				symbols->file = file;
				symbols->size = st.st_size;
			} else {
				munmap(file, st.st_size);
			}
		}
	}
	close(fd);
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	munmap(symbols->file, symbols->size);
	free(symbols);
}

/* The name of the function that @offset lies in; NULL. */
static const char *name_at(const struct symbols *symbols, uint64_t offset)
{
	size_t low = 0, high = symbols->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (symbols->functions[middle].start <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || offset - symbols->functions[low - 1].start >= symbols->functions[low - 1].size)
		return NULL;
	return symbols->names + symbols->functions[low - 1].name;
}

unsigned stack_capture(void *stack[STACK_DEPTH])
{
	return backtrace(stack, STACK_DEPTH);
}

void stack_print(const struct symbols *symbols, void *const *stack, unsigned depth, char *first,
		 size_t first_size, char *text, size_t size)
{
	bool in_kvm = false;
	size_t used = 0;

	*first = *text = 0;
	for (unsigned i = 0; symbols && i < depth; i++) {
		/* A return address may lie behind its function, where that ends in a call. */
		const char *at = (const char *)stack[i] - 1, *name = NULL;
		int length;
		Dl_info info;

		/* Copies come from memory files (load.c), other libraries do not. */
		if (dladdr(at, &info) && info.dli_fname &&
		    (strstr(info.dli_fname, "/fd/") || strstr(info.dli_fname, "/ukvm-")))
			name = name_at(symbols, at - (const char *)info.dli_fbase);
		if (name && !strncmp(name, "__wrap_", 7))
			continue;
		if (!name || !strncmp(name, "ukvm_", 5)) {
			if (in_kvm)
				break;
			continue;
		}
		/* Compilers give clones a suffix. */
		length = strcspn(name, ".");
		if (!in_kvm)
			snprintf(first, first_size, "%.*s", length, name);
		if (used + length + 4 > size)
			break;
		used += snprintf(text + used, size - used, "%s%.*s", in_kvm ? " < " : "", length, name);
		in_kvm = true;
	}
}
