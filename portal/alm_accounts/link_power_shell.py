"""The script of :mod:`portal.alm_accounts.link_script` for administrators at Windows: for PowerShell.

Like the other it holds no secret, and the token it asks for stands in no command line. Everything in it is
ASCII: Windows PowerShell 5.1 takes a file without a byte order mark for one in the code page of the machine,
and both take four other characters for a single quote.
"""

from portal.alm_accounts.link_script import TOLD, values_of
from portal.jira.applinks import HEADERS, NewLink
from portal.jira.base_urls import BaseUrl

FILE_NAME = "almoner-link.ps1"


def power_shell_script(base_url: BaseUrl, link: NewLink) -> str:
    """The script for the Jira at this address, for Windows PowerShell 5.1 and PowerShell 7."""
    values = "".join(f"${name} = {_quoted(value)}\n" for name, value in values_of(base_url, link).items())
    headers = "".join(
        f"$client.DefaultRequestHeaders.Add({_quoted(name)}, {_quoted(value)})\n"
        for name, value in HEADERS.items()
    )
    # In braces: a name before a colon would be that of a drive.
    told = "".join(
        f'        {_quoted(statuses)} {{ "{text.format("${status}")}"; break }}\n'
        for statuses, text in TOLD.items()
    )
    # The values last: what stands in them is replaced no more.
    script = _SCRIPT.replace("@HEADERS@\n", headers).replace("@TOLD@\n", told)
    return script.replace("@VALUES@\n", values)


def _quoted(value: str) -> str:
    """A string in which PowerShell replaces nothing (about_Quoting_Rules: a quote within is doubled).

    Raises UnicodeEncodeError for what is not ASCII: addresses and JSON are.
    """
    value.encode("ascii")
    return "'{}'".format(value.replace("'", "''"))


_SCRIPT = r"""# Makes the application link of Almoner in Jira, with its incoming side (OAuth 1.0a).
# Run it as: powershell -ExecutionPolicy Bypass -File almoner-link.ps1
# It holds no secret. It asks for a token, or a user name and password, of a Jira administrator.
# Atlassian documents none of these calls; on Jira 9 and later they are not confirmed.
# Known: JRASERVER-71779, making an incoming link can damage links that are there. Note those first.
# A private certificate authority has to be one that Windows trusts.
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

@VALUES@

function Stop-Script([string]$why, [int]$code) {
    [Console]::Error.WriteLine($why)
    exit $code
}

function Read-Hidden([string]$question) {
    $typed = Read-Host $question -AsSecureString
    (New-Object System.Net.NetworkCredential('', $typed)).Password
}

$user = Read-Host 'User name (leave it empty to use a personal access token)'
if ($user) {
    $scheme = 'Basic'
    $password = Read-Hidden 'Password (not shown)'
    $value = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($user + ':' + $password))
} else {
    $scheme = 'Bearer'
    $value = Read-Hidden 'Personal access token (not shown)'
}
if ($value -notmatch '\A[A-Za-z0-9._~+/=-]+\z') {
    Stop-Script 'That is no token: it is empty, or holds a character that none has.' 2
}

Add-Type -AssemblyName System.Net.Http
$protocols = [Net.ServicePointManager]::SecurityProtocol
[Net.ServicePointManager]::SecurityProtocol = $protocols -bor [Net.SecurityProtocolType]::Tls12
$handler = New-Object System.Net.Http.HttpClientHandler
$handler.AllowAutoRedirect = $false
$client = New-Object System.Net.Http.HttpClient($handler)
$client.Timeout = [TimeSpan]::FromSeconds(60)
$credential = New-Object System.Net.Http.Headers.AuthenticationHeaderValue($scheme, $value)
$client.DefaultRequestHeaders.Authorization = $credential
@HEADERS@

function Send-Put([string]$address, [string]$body) {
    $content = New-Object System.Net.Http.StringContent($body, [Text.Encoding]::UTF8, 'application/json')
    try {
        $answer = $client.PutAsync($address, $content).GetAwaiter().GetResult()
        $text = $answer.Content.ReadAsStringAsync().GetAwaiter().GetResult()
    } catch {
        Stop-Script ('Jira could not be reached: ' + $_.Exception.GetBaseException().Message) 1
    }
    New-Object PSObject -Property @{ Status = [int]$answer.StatusCode; Text = [string]$text }
}

function Test-Made($answer) {
    $answer.Status -ge 200 -and $answer.Status -lt 300
}

function Get-Meaning([string]$status) {
    switch -Wildcard ($status) {
@TOLD@
    }
}

function Stop-Told($answer) {
    [Console]::Error.WriteLine((Get-Meaning $answer.Status))
    Stop-Script ($answer.Text.Substring(0, [Math]::Min(600, $answer.Text.Length))) 1
}

$made = Send-Put $link_url $link_body
if (-not (Test-Made $made)) { Stop-Told $made }
$found = [regex]::Match($made.Text, 'applicationlink/([0-9A-Za-z-]+)')
if (-not $found.Success) {
    Stop-Script 'Jira made something and did not say what. Look at its list of application links.' 1
}
$side = Send-Put ($consumer_url_before + $found.Groups[1].Value + $consumer_url_after) $consumer_body
if (-not (Test-Made $side)) {
    [Console]::Error.WriteLine(
        'The link is made, its incoming side is not: open it in Jira and fill that in by hand.')
    Stop-Told $side
}
Write-Output 'The application link is made. Go back to Almoner: it tells whether the link works.'
"""
