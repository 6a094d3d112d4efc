"""Somebody else's test suite in the same environment runs as if the plugin weren't there."""

import pytest

ARGUMENTS = ("-pno:schemathesis", "-pno:cacheprovider", "-pno:allure_pytest", "-pno:hypothesispytest", "-pno:anyio")


def test_a_foreign_suite_is_untouched(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("value", [1, 2], ids=["unselected", "selected"])
        def test_good(value): assert value

        def test_bad(): assert 1 == 2

        @pytest.mark.skip
        def test_skipped(): pass
        """
    )
    run = pytester.runpytest_inprocess(*ARGUMENTS)
    run.assert_outcomes(passed=2, failed=1, skipped=1)
    assert run.ret == 1
    run.stdout.no_fnmatch_line("*conformance:*")


def test_foreign_options_and_fixtures_of_the_same_name_win(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        def pytest_addoption(parser):
            parser.addoption("--target", default="theirs")
            parser.addoption("--profile")

        @pytest.fixture
        def target(request): return request.config.getoption("--target")
        """
    )
    pytester.makepyfile(
        """
        import pytest

        def test_theirs(target, request):
            assert target == "staging"
            assert request.config.getoption("--profile") == "fast"

        @pytest.mark.parametrize("name", ["context", "wire", "profile", "params"])
        def test_no_fixture_of_ours_is_around(request, name):
            with pytest.raises(pytest.FixtureLookupError):
                request.getfixturevalue(name)
        """
    )
    run = pytester.runpytest_inprocess(*ARGUMENTS, "--target", "staging", "--profile", "fast")
    run.assert_outcomes(passed=5)
    assert run.ret == 0


def test_a_plugin_that_took_a_name_before_keeps_it(pytester: pytest.Pytester) -> None:
    pytester.syspathinsert()
    pytester.makepyfile(
        theirs="""
        def pytest_addoption(parser):
            parser.getgroup("theirs").addoption("--only", action="store_true", dest="their_only")
        """,
        test_it="def test_it(pytestconfig): assert pytestconfig.option.their_only",
    )
    run = pytester.runpytest_inprocess(*ARGUMENTS, "-p", "theirs", "--only", "test_it.py")
    run.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--target", "nosuch:x"), "Exit: conformance: --target 'nosuch:x': unknown kind 'nosuch'*"),
        (("--target", "bundled:nosuch"), "Exit: conformance: --target bundled:nosuch: *"),
        (("--target", "bundled", "--profile", "mcp-2026-07-2"), "*did you mean mcp-2026-07-28?"),
        (("--target", "bundled", "--only", "RFC7636-4.6-bb"), "*did you mean RFC7636-4.6-b?"),
        (("--as-url", "nowhere"), "*--as-url 'nowhere': has to be an absolute http(s) URL"),
        (("--target", "bundled", "--conformance-out", "/proc/nowhere"), "*choose another folder"),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_wrong_options_are_one_line(pytester: pytest.Pytester, arguments: tuple[str, ...], said: str) -> None:
    run = pytester.runpytest_subprocess(*ARGUMENTS, *arguments)
    assert run.ret == 2
    lines = [line for line in run.stderr.lines if line]
    assert len(lines) == 1
    run.stderr.fnmatch_lines([said])
    run.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("workers", ["0", "1"])
def test_an_unreachable_target_is_one_line_after_collection(pytester: pytest.Pytester, workers: str) -> None:
    run = pytester.runpytest_subprocess(*ARGUMENTS, "-q", "-n", workers, "--as-url", "http://127.0.0.1:1/")
    assert run.ret == 2
    run.stdout.fnmatch_lines(["conformance: authorization server: could not connect to 127.0.0.1:1 *"])
    run.stdout.no_fnmatch_line("*!!!*")
    run.stdout.no_fnmatch_line("*Traceback*")
    assert run.stderr.lines == []


def test_selecting_no_check_of_a_given_target_is_not_green(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_theirs(): pass")
    run = pytester.runpytest_inprocess(
        *ARGUMENTS, "--target", "bundled", "test_selecting_no_check_of_a_given_target_is_not_green.py"
    )
    assert run.ret == 3
