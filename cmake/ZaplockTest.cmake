# SPDX-License-Identifier: GPL-2.0-only
# zaplock_test(NAME SOURCES f.c... LIBS l... [ARGS a...] [TIMEOUT s] [LABELS l...])
#
# A cmocka program that CTest runs. It finds the checkout in ZAPLOCK_SOURCE_DIR
# and the tool in ZAPLOCK_BINARY, should it need them.
function(zaplock_test name)
	cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;LIBS;ARGS;LABELS" ${ARGN})
	if(NOT T_TIMEOUT)
		set(T_TIMEOUT 120)
	endif()
	add_executable(${name} ${T_SOURCES})
	target_link_libraries(${name} PRIVATE ${T_LIBS} PkgConfig::CMOCKA)
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
	add_test(NAME ${name} COMMAND ${name} ${T_ARGS})
	set_tests_properties(${name} PROPERTIES TIMEOUT ${T_TIMEOUT} LABELS "${T_LABELS}"
		ENVIRONMENT "ZAPLOCK_SOURCE_DIR=${CMAKE_SOURCE_DIR};ZAPLOCK_BINARY=${CMAKE_BINARY_DIR}/zaplock")
endfunction()
