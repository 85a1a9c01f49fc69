"""One request to the URL in argv[2] by the client named in argv[1]; prints `STATUS code` or the error."""
import os
import sys
from urllib.parse import urlsplit

TIMEOUT = int(os.environ.get('TIMEOUT', '15'))


def urllib(url):
    import urllib.error
    import urllib.request
    try:
        return urllib.request.urlopen(url, timeout=TIMEOUT).status
    except urllib.error.HTTPError as answer:
        return answer.code


def requests(url):
    import requests as library
    return library.get(url, timeout=TIMEOUT).status_code


def requests_upload(url):
    import requests as library
    with open('/tmp/upload', 'rb') as file:
        return library.post(url, data=file, timeout=TIMEOUT).text.strip()


def httpx(url):
    import httpx as library
    return library.get(url, timeout=TIMEOUT).status_code


def aiohttp(url, trust_env=False):
    import asyncio
    import aiohttp as library

    async def ask():
        async with library.ClientSession(trust_env=trust_env) as session:
            async with session.get(url, timeout=library.ClientTimeout(TIMEOUT)) as answer:
                return answer.status
    return asyncio.run(ask())


def aiohttp_trust_env(url):
    return aiohttp(url, trust_env=True)


def grpcio(url):
    import grpc
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == 'https' else 80)
    target = f'{parts.hostname}:{port}' if ':' not in parts.hostname else f'[{parts.hostname}]:{port}'
    with open('/etc/ssl/certs/ca-certificates.crt', 'rb') as file:
        secure = grpc.ssl_channel_credentials(file.read())
    channel = grpc.secure_channel(target, secure) if parts.scheme == 'https' else grpc.insecure_channel(target)
    try:
        channel.unary_unary('/compatibility.Echo/Get')(b'', timeout=TIMEOUT)
        return 200
    except grpc.RpcError as error:
        return f'{error.code().name}: {error.details()}'


def websockets(url):
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect
    try:
        connect(url.replace('http', 'ws', 1), open_timeout=TIMEOUT).close()
        return 101
    except InvalidStatus as answer:
        return answer.response.status_code


def boto3(url):
    import boto3 as library
    from botocore.config import Config
    from botocore.exceptions import ClientError
    client = library.client('s3', endpoint_url=url, region_name='x', aws_access_key_id='x', aws_secret_access_key='x',
                            config=Config(retries={'max_attempts': 0}, connect_timeout=15, read_timeout=TIMEOUT,
                                          s3={'addressing_style': 'path'}))
    try:
        return client.head_bucket(Bucket='x')['ResponseMetadata']['HTTPStatusCode']
    except ClientError as answer:
        return answer.response['ResponseMetadata']['HTTPStatusCode']


def google_cloud_storage(url):
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage
    client = storage.Client(project='x', credentials=AnonymousCredentials(), client_options={'api_endpoint': url})
    client.get_bucket('x', retry=None, timeout=TIMEOUT)
    return 200


def azure_storage_blob(url):
    from azure.core.exceptions import HttpResponseError
    from azure.storage.blob import BlobServiceClient
    try:
        BlobServiceClient(url, retry_total=0, connection_timeout=TIMEOUT).get_service_properties()
        return 200
    except HttpResponseError as answer:
        if answer.status_code is None:
            raise
        return answer.status_code


def openai(url):
    import openai as library
    client = library.OpenAI(base_url=url, api_key='x', max_retries=0, timeout=TIMEOUT)
    return client.models.with_raw_response.list().http_response.status_code


def anthropic(url):
    import anthropic as library
    client = library.Anthropic(base_url=url, api_key='x', max_retries=0, timeout=TIMEOUT)
    return client.models.with_raw_response.list().http_response.status_code


try:
    answer = globals()[sys.argv[1]](sys.argv[2])
    print(f'STATUS {answer}' if isinstance(answer, int) else answer)
except Exception as failure:
    print(f'{type(failure).__name__}: {failure}')
