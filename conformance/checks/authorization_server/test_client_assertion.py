"""Client authentication by a signed assertion: RFC 7523, 3; RFC 8725, 3; RFC 7523bis, 4."""

from conformance.catalogue import requirement
from conformance.client.authorization_server import AuthorizationServer
from conformance.client.client_assertions import Assertions
from conformance.client.forged_token import WrongToken
from conformance.expect import expect
from conformance.profiles import Params
from conformance.vocabulary import Inconclusive, NotApplicable

_ELSEWHERE = "https://elsewhere.example"


@requirement("RFC7523-3-a")
def test_an_assertion_is_about_the_client(authorization_server: AuthorizationServer) -> None:
    """A client assertion whose iss or sub is missing, or names another client, is refused.

    Control: the assertion with both of them is accepted.
    Means: an assertion that was made for another purpose opens the client's account.
    Fix: require iss and sub, both equal to the client_id.
    """
    assertions = Assertions.of(authorization_server)
    assertions.judge_refused(assertions.wrong_subjects())


@requirement("RFC7523-3-a")
def test_an_assertion_says_for_whom_and_how_long(authorization_server: AuthorizationServer) -> None:
    """A client assertion without aud, or without exp, is refused.

    Control: the assertion with both of them is accepted.
    Means: whoever gets hold of such an assertion can use it anywhere, or for ever.
    Fix: require aud and exp.
    """
    assertions = Assertions.of(authorization_server)
    assertions.judge_refused([assertions.saying("without aud", aud=None), assertions.saying("without exp", exp=None)])


@requirement("RFC7523-3-a")
def test_an_assertion_is_signed_by_the_client(authorization_server: AuthorizationServer) -> None:
    """A client assertion with an altered signature, without one, or signed by another key, is refused.

    Control: the assertion with the client's own signature is accepted.
    Means: anybody can pass for the client.
    Fix: verify the signature with a key that is registered for the client, and refuse alg none.
    """
    assertions = Assertions.of(authorization_server)
    assertions.judge_refused((*assertions.tampered(), assertions.signed_by_stranger()))


@requirement("RFC7523-3-b")
def test_an_assertion_for_another_server_is_refused(authorization_server: AuthorizationServer) -> None:
    """A client assertion whose only audience is another server is refused.

    Control: the assertion with this server's issuer as audience is accepted.
    Means: another server that the client uses can pass for the client here.
    Fix: compare aud with the issuer.
    """
    assertions = Assertions.of(authorization_server)
    assertions.judge_refused([assertions.saying("for another server", aud=_ELSEWHERE)])


@requirement("RFC7523-3-c")
def test_an_assertion_of_another_time_is_refused(authorization_server: AuthorizationServer) -> None:
    """A client assertion that expired an hour ago, or whose nbf lies twenty minutes ahead, is refused.

    Control: an assertion of now is accepted.
    Means: an assertion from an old log opens the client's account.
    Fix: compare exp and nbf with the clock, with a minute or so of tolerance.
    """
    assertions = Assertions.of(authorization_server)
    assertions.judge_refused(assertions.of_another_time())


@requirement("RFC7523-3-d")
def test_an_assertion_is_good_once(authorization_server: AuthorizationServer) -> None:
    """A client assertion that was used once is refused the second time, for another code.

    Control: it is accepted the first time.
    Means: who reads an assertion on its way can be that client until it expires.
    Fix: remember jti of each client's assertions until they expire, and refuse the ones that come again.
    """
    assertions = Assertions.of(authorization_server)
    token = assertions.good()
    first = assertions.sent(WrongToken("for the first time", token))
    if first.access_token is None:
        raise Inconclusive(f"a good client assertion was refused: {first.described()}", root="client authentication")
    assertions.judge_refused([WrongToken("for the second time", token)])


@requirement("RFC7523-3.2-a")
def test_a_bad_assertion_is_called_invalid_client(authorization_server: AuthorizationServer) -> None:
    """A client assertion signed by another key is answered with error invalid_client, status 400 or 401.

    Control: the assertion with the client's own signature is accepted.
    Means: clients can't tell that it is their authentication that they have to mend.
    Fix: answer a bad client assertion with error=invalid_client.
    """
    assertions = Assertions.of(authorization_server)
    for answer in assertions.judge_refused([assertions.signed_by_stranger()]):
        expect(answer).has_status(400, 401)
        expect(answer).refuses_with("invalid_client")


@requirement("RFC8725-3.1-a")
def test_the_clients_public_key_is_no_shared_secret(authorization_server: AuthorizationServer) -> None:
    """A client assertion by HS256 with the client's public key as secret is refused.

    Control: the assertion signed by the private key is accepted.
    Means: who knows a client's public key, and that is everybody, can pass for the client.
    Fix: use a key only with the algorithm that it is meant for, from a list of asymmetric ones.
    """
    assertions = Assertions.of(authorization_server)
    assertions.judge_refused(assertions.signed_with_public_key())


@requirement("RFC8725-3.8-a")
def test_a_key_is_good_for_its_own_client_only(authorization_server: AuthorizationServer) -> None:
    """A client assertion by a key that the client never registered is refused, whatever its kid says.

    Control: the assertion signed by the client's own key is accepted.
    Means: any client with a key can pass for any other.
    Fix: take the key from the registration of the client that iss and sub name.
    """
    assertions = Assertions.of(authorization_server)
    assertions.judge_refused([assertions.signed_by_stranger()])


@requirement("RFC7523BIS-4-b")
def test_the_issuer_is_the_only_audience(authorization_server: AuthorizationServer, params: Params) -> None:
    """A client assertion for the token endpoint, or for the issuer and another server, is refused.

    Control: the assertion for the issuer alone is accepted.
    Means: a malicious server, which names this token endpoint as its own, gets assertions that are good here.
    Fix: accept the issuer as the one audience of client assertions, and nothing else.
    """
    _only_where_the_issuer_counts(params)
    assertions = Assertions.of(authorization_server)
    endpoint = assertions.flow.endpoint("token_endpoint")
    answers = assertions.judge_refused(
        [
            assertions.saying("for the token endpoint", aud=endpoint),
            assertions.saying("for two servers", aud=[assertions.flow.issuer, _ELSEWHERE]),
        ]
    )
    for answer in answers:
        expect(answer).refuses_with("invalid_client")


def _only_where_the_issuer_counts(params: Params) -> None:
    if params.client_assertion_audience != "issuer":
        raise NotApplicable("this profile accepts other audiences of client assertions, as RFC 7523 did")
