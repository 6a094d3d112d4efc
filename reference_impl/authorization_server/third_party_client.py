"""One token request to a third party's authorization server (RFC 6749, 4.1.3)."""

# Imported early for the reason that client_id_metadata_fetch.py gives.
import anyio._backends._asyncio  # noqa: F401
import httpx2

from reference_impl.authorization_server.client_id_metadata_fetch import trusting
from reference_impl.authorization_server.config import ThirdParty


class ThirdPartyRefusal(Exception):  # noqa: N818 - a decision of somebody else
    """Why there is no token; the text goes on after the third party's name."""


async def redeem_code(third_party: ThirdParty, code: str, redirect_uri: str, code_verifier: str) -> str:
    """The third party's access token for that code. Raises ThirdPartyRefusal."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": code_verifier,
    }
    credentials = (third_party.client_id, third_party.client_secret)
    try:
        async with httpx2.AsyncClient(
            verify=trusting(third_party.ca_pem), trust_env=False, follow_redirects=False, timeout=third_party.timeout
        ) as client:
            answer = await client.post(third_party.token_endpoint, data=form, auth=credentials)
        members = answer.json()
    except (httpx2.HTTPError, ValueError):
        raise ThirdPartyRefusal("could not be asked for a token") from None
    token = members.get("access_token") if isinstance(members, dict) else None
    if answer.status_code != 200 or not isinstance(token, str):
        raise ThirdPartyRefusal("gave no token")
    return token
