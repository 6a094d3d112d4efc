// oidc-provider as an authorization server under test: its own defaults, with the features switched on that MCP relies on.
//
// Environment (the only input):
//   PORT               port to listen on at 127.0.0.1; 0 or absent takes a free one
//   TLS_CERT, TLS_KEY  PEM files; without both the server speaks plain http
//   CLIENTS            JSON array of client metadata in oidc-provider's own terms (static clients)
//   RESOURCES          JSON array of {"resource": URI, "scope": "a b", "access_token_format": "jwt" | "opaque"}
// Prints one line "ready <issuer>" on standard output when it accepts connections; SIGTERM ends it.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

import Provider, { errors } from 'oidc-provider';

const ACCESS_TOKEN_SECONDS = 300;

function jsonFromEnvironment(name) {
  const text = process.env[name] ?? '[]';
  try {
    return JSON.parse(text);
  } catch (problem) {
    console.error(`${name} is not JSON: ${problem.message}`);
    process.exit(2);
  }
}

function signingKeys() {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  return { keys: [{ ...rsa, use: 'sig', alg: 'RS256' }, { ...ec, use: 'sig', alg: 'ES256' }] };
}

function resourceServers(resources) {
  // Scheme and host are compared without regard to case, as MCP asks of implementations.
  const known = new Map(resources.map((entry) => [new URL(entry.resource).href, entry]));
  return {
    enabled: true,
    getResourceServerInfo(_ctx, resourceIndicator) {
      const entry = known.get(new URL(resourceIndicator).href);
      if (!entry) throw new errors.InvalidTarget();
      return {
        audience: entry.resource,
        scope: entry.scope,
        accessTokenTTL: ACCESS_TOKEN_SECONDS,
        accessTokenFormat: entry.access_token_format ?? 'jwt',
      };
    },
  };
}

function configuration() {
  const resources = jsonFromEnvironment('RESOURCES');
  return {
    clients: jsonFromEnvironment('CLIENTS'),
    cookies: { keys: [randomBytes(32).toString('hex')] },
    jwks: signingKeys(),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      introspection: { enabled: true },
      registration: { enabled: true },
      registrationManagement: { enabled: true },
      resourceIndicators: resourceServers(resources),
      revocation: { enabled: true },
    },
    // The default asks for the scope offline_access first, which is OpenID Connect's rule; an MCP client that registered
    // for the refresh_token grant expects one without it.
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    pkce: { required: () => true },
    // Clients may only register for scopes that the server itself knows, so those of the resources are named here too.
    scopes: [...new Set(['openid', 'offline_access', ...resources.flatMap((entry) => entry.scope.split(' '))])],
  };
}

function listener() {
  const { TLS_CERT: certificate, TLS_KEY: key } = process.env;
  if (certificate && key) {
    return https.createServer({ cert: readFileSync(certificate), key: readFileSync(key) });
  }
  return http.createServer();
}

const server = listener();
// The issuer contains the port, so the socket comes first and the provider second.
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const scheme = server instanceof https.Server ? 'https' : 'http';
  const issuer = `${scheme}://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration());
  server.on('request', provider.callback());
  console.log(`ready ${issuer}`);
});
process.once('SIGTERM', () => process.exit(0));
