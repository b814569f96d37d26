# run_tests BUILD ARGS...: ctest in that folder, then the reasons of what was skipped, and one closing line that counts single tests.
run_tests() {
    local build=$1 results=$PWD/$1/test-results code=0 all failed skipped
    shift
    rm -rf "$results"
    mkdir -p "$results"
    GTEST_OUTPUT="xml:$results/" ctest --test-dir "$build" --output-on-failure "$@" || code=$?
    all=$(cat "$results"/*.xml 2>/dev/null | grep -c '<testcase .*status="run"' || true)
    failed=$(cat "$results"/*.xml 2>/dev/null | grep -c '<failure ' || true)
    skipped=$(cat "$results"/*.xml 2>/dev/null | grep -c 'result="skipped"' || true)
    cat "$results"/*.xml 2>/dev/null | grep -o '<skipped message="[^"]*"' | sed "s/.*SKIPPED: /skipped: /; s/\"\$//; s/&apos;/'/g" | sort | uniq -c || true
    if [ "$all" = 0 ] || [ "$all" = "$skipped" ]; then
        echo "no test was run" >&2
        code=1
    fi
    echo "$((all - failed - skipped)) passed, $failed failed, $skipped skipped"
    return $code
}
