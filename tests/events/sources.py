"""Events of one POST of JSON, by the AWS service that invokes Lambda.

Formats: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html (HTTP
API, and function URL), .../set-up-lambda-proxy-integrations.html (REST API),
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html (load balancer),
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html (Lambda@Edge).
"""

import base64
from collections.abc import Callable

from tests.events import Event, post

HEADERS = {
    "content-type": "application/json",
    "host": "api.example.com",
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
}
MULTI_VALUE_HEADERS = {name: [value] for name, value in HEADERS.items()}
ELB = {
    "elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/digits/0123456789abcdef"}
}


def rest_api(path: str, body: str) -> Event:
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": "POST",
        "headers": HEADERS,
        "multiValueHeaders": MULTI_VALUE_HEADERS,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": path[1:]},
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "httpMethod": "POST",
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "tests"},
            "path": f"/prod{path}",
            "protocol": "HTTP/1.1",
            "requestId": "gateway-request",
            "resourcePath": "/{proxy+}",
            "stage": "prod",
        },
        "body": body,
        "isBase64Encoded": False,
    }


def http_api_1(path: str, body: str) -> Event:
    return {**rest_api(path, body), "version": "1.0"}


def function_url(path: str, body: str) -> Event:
    event = {**post(path, body), "routeKey": "$default"}
    del event["pathParameters"]
    event["requestContext"] |= {"domainName": "url-id.lambda-url.us-east-1.on.aws", "domainPrefix": "url-id"}
    return event


def load_balancer(path: str, body: str) -> Event:
    return {
        "requestContext": ELB,
        "httpMethod": "POST",
        "path": path,
        "queryStringParameters": {},
        "headers": HEADERS,
        "body": body,
        "isBase64Encoded": False,
    }


def load_balancer_multi_value(path: str, body: str) -> Event:
    event = load_balancer(path, body)
    del event["headers"], event["queryStringParameters"]
    return {**event, "multiValueHeaders": MULTI_VALUE_HEADERS, "multiValueQueryStringParameters": {}}


def lambda_at_edge(path: str, body: str) -> Event:
    config = {
        "distributionDomainName": "d111111abcdef8.cloudfront.net",
        "distributionId": "EDFDVBD6EXAMPLE",
        "eventType": "origin-request",
        "requestId": "cloudfront-request",
    }
    request = {
        "clientIp": "192.0.2.1",
        "headers": {name: [{"key": name, "value": value}] for name, value in HEADERS.items()},
        "method": "POST",
        "querystring": "",
        "uri": path,
        "body": {
            "action": "read-only",
            "data": base64.b64encode(body.encode()).decode(),
            "encoding": "base64",
            "inputTruncated": False,
        },
    }
    return {"Records": [{"cf": {"config": config, "request": request}}]}


SOURCES: dict[str, Callable[[str, str], Event]] = {
    "HTTP API 2.0": post,
    "HTTP API 1.0": http_api_1,
    "REST API": rest_api,
    "load balancer": load_balancer,
    "load balancer, multi-value headers": load_balancer_multi_value,
    "function URL": function_url,
    "Lambda@Edge": lambda_at_edge,
}
