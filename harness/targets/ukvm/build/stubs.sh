#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# stubs.sh TABLE HOST_OBJECT OBJECT...: prints assembly for every symbol that the
# objects need and do not define. What HOST_OBJECT needs is libc's affair. What stands for it is in TABLE (symbols.table). A
# function that TABLE does not name aborts with its name when it is called; a
# variable that TABLE does not name is an error, for nobody knows its value.
set -eu
table=$1 host=$2
shift 2

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
{ nm -g "$@"; nm -g --defined-only "$host"; } > "$scratch/symbols"
# What is called is a function; other references may be to variables.
readelf -rW "$@" 2> /dev/null | awk '/R_X86_64_PLT32/ { sub(/@.*/, "", $5); print $5 }' |
	sort -u > "$scratch/called"

awk -v table="$table" -v called="$scratch/called" -v symbols="$scratch/symbols" '
	function section(name, kind) {
		printf "\t.globl %s\n\t.hidden %s\n\t.type %s, @%s\n%s:\n", name, name, name, kind, name
	}
	BEGIN {
		while ((getline line < table) > 0) {
			sub(/[ \t]*#.*/, "", line)
			n = split(line, word, /[ \t]+/)
			for (i = 1; i < n; i++)
				action[word[i]] = word[n]
		}
		while ((getline line < called) > 0)
			call[line] = 1
		while ((getline line < symbols) > 0) {
			n = split(line, word, /[ \t]+/)
			if (word[1] == "" && word[2] ~ /^[Uvw]$/)
				needed[word[3]] = 1
			else if (n == 3 && word[2] !~ /^[Uvw]$/)
				defined[word[3]] = 1
		}
		for (name in needed) {
			if (name in defined ||
			    name ~ /^(__(asan|ubsan|sanitizer|sancov|start|stop)_|__(wrap|real)_|_GLOBAL_OFFSET_TABLE_)/)
				continue
			act = action[name]
			if (name ~ /^ukvm_libc_/) {
				print "\t.text"; section(name, "function")
				print "\tjmp " substr(name, 11) "@PLT"
			} else if (act ~ /^[0-9]+$/) {
				print "\t.text"; section(name, "function")
				print "\tmov $" act ", %eax\n\tret"
			} else if (act == "data") {
				print "\t.bss\n\t.balign 64"; section(name, "object")
				print "\t.zero 512"
			} else if (act == "constant") {
				print "\t.section .rodata\n\t.balign 64"; section(name, "object")
				print "\t.zero 4096"
			} else if (act != "") {
				print "\t.text"; section(name, "function")
				print "\tjmp " act
				if (!(act in defined)) {
					print "ukvm: symbols.table: " name ": there is no " act > "/dev/stderr"
					bad = 1
				}
			} else if (name in call) {
				print "\t.text"; section(name, "function")
				print "\tlea .Lname_" name "(%rip), %rdi\n\tand $-16, %rsp\n\tcall ukvm_unimplemented"
				print "\t.section .rodata\n.Lname_" name ": .asciz \"" name "\""
			} else {
				print "ukvm: this tree needs the variable " name ": say in build/symbols.table what it is" > "/dev/stderr"
				bad = 1
			}
		}
		print "\t.section .note.GNU-stack, \"\", @progbits"
		exit bad
	}'
