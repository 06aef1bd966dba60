# SPDX-License-Identifier: GPL-2.0-only
# cmake --install, and a Debian package: cpack -G DEB in the build directory.
if(NOT TARGET zaplock)
	return()
endif()
include(GNUInstallDirs)

# One text: the man pages are made of --help.
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/man/zaplock.1.gz
	COMMAND bash ${CMAKE_SOURCE_DIR}/docs/man.sh $<TARGET_FILE:zaplock> ${CMAKE_BINARY_DIR}/man
	DEPENDS zaplock ${CMAKE_SOURCE_DIR}/docs/man.sh)
add_custom_target(man ALL DEPENDS ${CMAKE_BINARY_DIR}/man/zaplock.1.gz)

install(TARGETS zaplock)
install(DIRECTORY ${CMAKE_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_SOURCE_DIR}/docs/completion.bash RENAME zaplock
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/corpus/ DESTINATION ${CMAKE_INSTALL_DATADIR}/zaplock/corpus)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/reports/schema/ DESTINATION ${CMAKE_INSTALL_DATADIR}/zaplock/schema)
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/docs/first-stale-spte.md
	${CMAKE_SOURCE_DIR}/harness/program/FORMAT.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE RENAME copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME zaplock)
set(CPACK_PACKAGE_CONTACT "zaplock developers <zaplock@invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "finds wrong memory types in KVM's page tables")
set(CPACK_PACKAGE_DESCRIPTION "A differential fuzzing and conformance harness for KVM's x86 memory types: an
executable specification runs in lockstep with a model of KVM's MMU, with KVM's
own code, or beside a recorded trace.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
	WORLD_READ WORLD_EXECUTE)
include(CPack)
