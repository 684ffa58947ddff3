// What each identity provider's console asks for, in its own words. {url} and {token} are the team's two values.

const values = (url, token, more = []) => [[url, '{url}'], [token, '{token}'], ...more];

export const idps = [
  {
    id: 'okta', name: 'Okta',
    steps: [
      'In the Admin Console, Applications → Applications, open the SAML app of this product. (An OIDC app cannot have SCIM: add a second app, “SCIM 2.0 Test App (OAuth Bearer Token)”, for provisioning alone.)',
      'General → App Settings → Edit: under Provisioning choose SCIM, then Save.',
      'Provisioning → Integration → Edit: fill in the fields below.',
      'Test Connector Configuration, then Save.',
      'Provisioning → To App → Edit: tick Create Users, Update User Attributes and Deactivate Users, then Save. Without this step nothing is sent.',
      'Assignments → Assign → Assign to People: start with one person.',
    ],
    fields: values('SCIM connector base URL', 'Authorization (beside “Bearer”)', [
      ['Unique identifier field for users', 'userName'],
      ['Supported provisioning actions', 'Push New Users, Push Profile Updates; Push Groups if you want groups'],
      ['Authentication Mode', 'HTTP Header'],
    ]),
    test: 'Test Connector Configuration asks for a page of users. It says “Connector configured successfully”.',
    note: 'People who were assigned before provisioning was switched on are not sent: click Provision User on Assignments.',
  },
  {
    id: 'entra', name: 'Microsoft Entra ID',
    steps: [
      'In the Entra admin center, Enterprise apps → New application → Create your own application → Non-gallery.',
      'Provisioning → New configuration: fill in the fields below.',
      'Test Connection, then Create.',
      'Attribute mapping → Provision Microsoft Entra ID Users: map objectId to externalId in place of mailNickname, then Save.',
      'Users and groups: assign one person. Provision on demand: choose them, Provision.',
      'Overview → Start provisioning.',
    ],
    fields: values('Tenant URL', 'Secret Token'),
    test: 'Test Connection looks up a person who cannot be there. It says “The supplied credentials are authorized to enable provisioning”.',
    note: 'Entra sends changes about every 40 minutes; Provision on demand sends one person at once.',
  },
  {
    id: 'google', name: 'Google Workspace',
    steps: [
      'In the Admin console, Apps → Web and mobile apps, open the app of this product (it needs SAML set up first).',
      'Autoprovisioning → Configure autoprovisioning: fill in the fields below, with Continue between them.',
      'Finish, then switch Autoprovisioning to active.',
    ],
    fields: values('Endpoint URL', 'Access token', [['Search groups', 'empty for all who have the app']]),
    test: null,
    note: 'The product must be in Google’s catalogue of apps with automated provisioning. Deprovisioning happens after the time chosen there.',
  },
  {
    id: 'onelogin', name: 'OneLogin',
    steps: [
      'Applications → Add App: SCIM Provisioner with SAML (SCIM v2 Enterprise, full SAML), Save.',
      'Configuration: fill in the fields below. API Connection → Enable, then Save.',
      'Parameters → scimusername: choose Email, Save.',
      'Provisioning: tick Enable provisioning; when users are deleted or suspended choose Suspend. Save.',
    ],
    fields: values('SCIM Base URL', 'SCIM Bearer Token', [
      ['SCIM JSON Template', '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{$parameters.scimusername}","displayName":"{$user.display_name}","name":{"givenName":"{$user.firstname}","familyName":"{$user.lastname}"},"emails":[{"value":"{$user.email}","type":"work","primary":true}]}'],
      ['Custom Headers', 'empty'],
    ]),
    test: 'Enable at API Connection looks up a person who is not there; then API Status is Enabled.',
    note: 'With Do Nothing, people who left stay in the team.',
  },
  {
    id: 'jumpcloud', name: 'JumpCloud',
    steps: [
      'SSO Applications → Add New Application → Custom Application, Next.',
      'Tick Export users to this app (Identity Management), Next, enter a name, Save Application, Configure Application.',
      'Identity Management: fill in the fields below.',
      'Test Connection, Activate, then Save.',
    ],
    fields: values('Base URL', 'Token Key', [
      ['SCIM Version', 'SCIM 2.0'],
      ['Test User Email', 'an address that nobody has, within the verified domains'],
    ]),
    test: 'Test Connection creates a person with the test address and takes them out again.',
    note: 'Everybody needs a first and a last name.',
  },
  {
    id: 'pingone', name: 'PingOne',
    steps: [
      'Integrations → Provisioning → + → New Connection → Identity Store: SCIM Outbound, Next, a name, Next.',
      'Configure authentication: fill in the fields below. Test Connection, Next.',
      'Configure preferences: Unique User Identifier userName; Remove Action Disable. Save, switch it on.',
      '+ → New Rule: choose the connection, set the User Filter, map Email Address to workEmail and Username to userName. Save, switch it on.',
    ],
    fields: values('SCIM Base URL', 'OAuth Access Token', [
      ['Users Resource', '/Users'], ['Groups Resource', '/Groups'], ['SCIM Version', '2.0'],
      ['Authentication Method', 'OAuth 2 Bearer Token'], ['Auth Type Header', 'Bearer'],
    ]),
    test: 'Test Connection answers “Connection Successful”.',
    note: 'Map one e-mail attribute only.',
  },
  {
    id: 'rippling', name: 'Rippling',
    steps: [
      'IT → Third-Party Access → Add Integration → Create New Custom Integration: a name, a logo, tick User Management via SCIM.',
      'Fill in the fields below, Continue.',
      'Install now; paste the token where the Bearer Token is asked for.',
      'App Access Rules: who is to have the product. Attribute Mappings: On user creation and updates.',
    ],
    fields: values('SCIM base URL', 'Bearer Token', [
      ['SCIM Version', '2.0'], ['SCIM Authorization Method', 'Bearer Token'], ['Supports Pagination', 'ticked'],
      ['Use email address as user name', 'ticked'],
      ['Supported SCIM Attributes', 'externalId, emails.primary, name.givenName, name.familyName'],
    ]),
    test: 'Test connection, where your console has it, reads what the endpoint can do.',
    note: 'Use the work e-mail: the personal one is outside the verified domains.',
  },
  {
    id: 'cyberark', name: 'CyberArk Identity',
    steps: [
      'Identity Administration portal, Apps & Widgets → Web Apps: open the SAML app of this product.',
      'Provisioning: tick Enable provisioning for this application, Live Mode.',
      'Fill in the fields below, then Verify.',
      'Sync Options: overwrite people who are there already; do not tick “Do not de-provision”; deactivate people who lose the app.',
      'Role Mappings → Add: the role whose members are to be provisioned. Save.',
    ],
    fields: values('SCIM Service URL', 'Bearer Token', [
      ['Authorization Type', 'Authorization Header'], ['Header Type', 'Bearer Token'],
    ]),
    test: 'Verify reads what the endpoint can do; more settings appear below it.',
    note: 'The URL stands without a slash at its end.',
  },
];
