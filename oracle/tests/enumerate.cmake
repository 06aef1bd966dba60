# SPDX-License-Identifier: GPL-2.0-only
# The oracle against its twin over small machines (enumerate.c). CTest runs CI's
# form: more than 10^8 (state, page) pairs, a sample of them under sanitizers.
# The nightly form is `tests/enumerate --full`: more than 10^10.
set(enumerate_sources
	tests/enumerate_dense.c
	tests/enumerate_plan.c
	tests/enumerate_rig.c
	tests/enumerate_twin.c)

add_executable(enumerate tests/enumerate.c ${enumerate_sources})
target_link_libraries(enumerate PRIVATE zl_oracle)
set_target_properties(enumerate PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
if(ZAPLOCK_SANITIZE)
	add_test(NAME enumerate_sample COMMAND enumerate --pairs 20000000 --dense 8 --at-least 15000000)
	set_tests_properties(enumerate_sample PROPERTIES TIMEOUT 300 LABELS enumerate)
else()
	add_test(NAME enumerate COMMAND enumerate --at-least 100000000)
	set_tests_properties(enumerate PROPERTIES TIMEOUT 300 LABELS enumerate)
endif()
# Red is possible, and shows a program to look at.
add_test(NAME enumerate_can_fail COMMAND enumerate --break wt-wb-is-wb --pairs 1000000)
set_tests_properties(enumerate_can_fail PROPERTIES LABELS enumerate
	PASS_REGULAR_EXPRESSION "MISMATCH: [^\n]*oracle WT[^\n]*twin WB.*zaplock 1\nmachine")

zaplock_test(enumerate_test
	SOURCES tests/enumerate_test.c ${enumerate_sources}
	LIBS zl_oracle
	TIMEOUT 300
	LABELS enumerate)
