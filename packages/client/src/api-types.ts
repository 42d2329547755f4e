// Generated from the OpenAPI document by npm run generate:client; do not edit. Long because the API is one contract.

export interface paths {
    "/asyncapi": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The AsyncAPI document as a page */
        get: operations["readEventsPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/asyncapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The AsyncAPI document of the events */
        get: operations["readAsyncApiDocument"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["readOpenApiDocument"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every kind of problem */
        get: operations["listProblems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a problem means and what to do about it */
        get: operations["readProblem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schemas/{type}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The JSON Schema of an event, by its CloudEvents type */
        get: operations["readEventSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Place an order */
        post: operations["placeOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An order */
        get: operations["readOrder"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orders/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel an order */
        post: operations["cancelOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orders/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where each event of an order is on its way to Kafka */
        get: operations["readOrderEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orders/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Place up to 100 orders
         * @description Each order is placed or refused by itself. Sent again with the same key, orders that were placed are answered again and the others are tried again.
         */
        post: operations["placeOrderBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The catalogue, or the products whose name contains a text */
        get: operations["listProducts"];
        put?: never;
        /** Add a product to the catalogue */
        post: operations["createProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/stock-adjustments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add to or take from the stock of many products at once */
        post: operations["adjustStock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/top-buyers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Those who have spent most, per currency
         * @description May be read from a replica, which shows orders a moment late. Cancelled orders do not count.
         */
        get: operations["reportTopBuyers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The users in the order in which they came */
        get: operations["listUsers"];
        /**
         * Register the user with this e-mail address, or give them this name
         * @description May be repeated at will. The address stays as it was first written.
         */
        put: operations["upsertUser"];
        /** Register a user */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A user */
        get: operations["readUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A user’s orders, newest first */
        get: operations["listUserOrders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** ArchivedEvent */
        ArchivedEvent: {
            /**
             * @description published longer ago than such receipts are kept
             * @enum {string}
             */
            state: "archived";
            /** @description of the order, after the step that the event tells of */
            version: number;
        };
        /** BatchResults */
        BatchResults: {
            /** @description one for each order, in their order: `order` where the status is 201, else `problem` */
            results: {
                order?: components["schemas"]["Order"];
                problem?: components["schemas"]["Problem"];
                /** @description with `order`: whether it was placed before */
                replayed?: boolean;
                /** @example 201 */
                status: number;
            }[];
        };
        /** Buyer */
        Buyer: {
            /** @example EUR */
            currency: string;
            /** @example ada@example.com */
            email: string;
            /** @example 0198c0de-0000-7000-8000-000000000001 */
            id: string;
            /** @example 125.40 */
            spent: string;
        };
        /** EventDeliveries */
        EventDeliveries: {
            data: components["schemas"]["EventDelivery"][];
        };
        /** EventDelivery */
        EventDelivery: components["schemas"]["PendingEvent"] | components["schemas"]["ParkedEvent"] | components["schemas"]["PublishedEvent"] | components["schemas"]["LostEvent"] | components["schemas"]["ArchivedEvent"];
        /** LostEvent */
        LostEvent: {
            /**
             * @description a 64-bit number
             * @example 4711
             */
            offset: string;
            partition: number;
            /** @example 2026-01-31T12:00:00.000Z */
            published_at: string;
            /**
             * @description published to a log that Kafka lost; waits for its operators
             * @enum {string}
             */
            state: "lost";
            /** @example order_placed */
            topic: string;
            /**
             * @description CloudEvents type
             * @example waybill.order.placed.v1
             */
            type: string;
            /** @description of the order, after the step that the event tells of */
            version: number;
        };
        /** NewOrder */
        NewOrder: {
            items: {
                /** @example 0198c0de-0000-7000-8000-000000000001 */
                product_id: string;
                quantity: number;
            }[];
            /** @example 0198c0de-0000-7000-8000-000000000001 */
            user_id: string;
        };
        /** NewOrderBatch */
        NewOrderBatch: {
            orders: {
                /** @description The key that this order has when it is placed alone; without it, the batch’s key and its place in it. */
                idempotency_key?: string;
                items: {
                    /** @example 0198c0de-0000-7000-8000-000000000001 */
                    product_id: string;
                    quantity: number;
                }[];
                /** @example 0198c0de-0000-7000-8000-000000000001 */
                user_id: string;
            }[];
        };
        /** NewProduct */
        NewProduct: {
            /** @example EUR */
            currency: string;
            name: string;
            /** @example 12.50 */
            price: string;
            sku: string;
            stock: number;
        };
        /** NewUser */
        NewUser: {
            /** @example ada@example.com */
            email: string;
            name: string;
        };
        /** Order */
        Order: {
            /** @example EUR */
            currency: string;
            /** @example 0198c0de-0000-7000-8000-000000000001 */
            id: string;
            items: {
                /** @example 0198c0de-0000-7000-8000-000000000001 */
                product_id: string;
                quantity: number;
                /** @example 12.50 */
                unit_price: string;
            }[];
            /** @example 2026-01-31T12:00:00.000Z */
            placed_at: string;
            /** @enum {unknown} */
            status: "placed" | "cancelled";
            /** @example 12.50 */
            total: string;
            /** @example 0198c0de-0000-7000-8000-000000000001 */
            user_id: string;
            version: number;
        };
        /** OrderSummary */
        OrderSummary: {
            /** @example EUR */
            currency: string;
            /** @example 0198c0de-0000-7000-8000-000000000001 */
            id: string;
            /** @example 2026-01-31T12:00:00.000Z */
            placed_at: string;
            /** @enum {unknown} */
            status: "placed" | "cancelled";
            /** @example 12.50 */
            total: string;
            user: {
                /** @example 0198c0de-0000-7000-8000-000000000001 */
                id: string;
                name: string;
            };
        };
        /** OrderSummaryPage */
        OrderSummaryPage: {
            data: components["schemas"]["OrderSummary"][];
            has_more: boolean;
            /** @description `cursor` of the next page; null at the end */
            next_cursor: string | null;
        };
        /** ParkedEvent */
        ParkedEvent: {
            /** @description why Kafka would not take it */
            reason: string;
            /** @enum {string} */
            state: "parked";
            /** @example order_placed */
            topic: string;
            /**
             * @description CloudEvents type
             * @example waybill.order.placed.v1
             */
            type: string;
            /** @description of the order, after the step that the event tells of */
            version: number;
        };
        /** PendingEvent */
        PendingEvent: {
            /** @enum {string} */
            state: "pending";
            /** @example order_placed */
            topic: string;
            /**
             * @description CloudEvents type
             * @example waybill.order.placed.v1
             */
            type: string;
            /** @description of the order, after the step that the event tells of */
            version: number;
        };
        /** Problem */
        Problem: {
            detail: string;
            errors?: {
                detail: string;
                /** @description JSON pointer, RFC 6901 */
                pointer: string;
            }[];
            /** @description the id of the request */
            instance: string;
            items?: {
                available: number;
                product_id: string;
                requested: number;
            }[];
            status: number;
            title: string;
            /**
             * Format: uri
             * @description names the kind; a page that says what to do
             */
            type: string;
        };
        /** ProblemKind */
        ProblemKind: {
            name: string;
            /** @description what to do about it */
            remedy: string;
            status: number;
            title: string;
            /**
             * Format: uri
             * @description `type` of the problem, and its own address
             */
            type: string;
            /** @description when it is answered */
            when: string;
        };
        /** Product */
        Product: {
            /** @example EUR */
            currency: string;
            /** @example 0198c0de-0000-7000-8000-000000000001 */
            id: string;
            name: string;
            /** @example 12.50 */
            price: string;
            sku: string;
            stock: number;
        };
        /** ProductPage */
        ProductPage: {
            data: components["schemas"]["Product"][];
            has_more: boolean;
            /** @description `cursor` of the next page; null at the end */
            next_cursor: string | null;
        };
        /** PublishedEvent */
        PublishedEvent: {
            /**
             * @description a 64-bit number
             * @example 4711
             */
            offset: string;
            partition: number;
            /** @example 2026-01-31T12:00:00.000Z */
            published_at: string;
            /** @enum {string} */
            state: "published";
            /** @example order_placed */
            topic: string;
            /**
             * @description CloudEvents type
             * @example waybill.order.placed.v1
             */
            type: string;
            /** @description of the order, after the step that the event tells of */
            version: number;
        };
        /** StockAdjustments */
        StockAdjustments: {
            /** @description each of another product; all are carried out or none */
            adjustments: {
                /** @description added to the stock; negative for what went out by another way than an order */
                delta: number;
                /** @example 0198c0de-0000-7000-8000-000000000001 */
                product_id: string;
            }[];
        };
        /** StockLevels */
        StockLevels: {
            data: {
                /** @example 0198c0de-0000-7000-8000-000000000001 */
                product_id: string;
                stock: number;
                version: number;
            }[];
        };
        /** User */
        User: {
            /** @example 2026-01-31T12:00:00.000Z */
            created_at: string;
            /** @example ada@example.com */
            email: string;
            /** @example 0198c0de-0000-7000-8000-000000000001 */
            id: string;
            name: string;
        };
        /** UserOrder */
        UserOrder: {
            /** @example EUR */
            currency: string;
            /** @example 0198c0de-0000-7000-8000-000000000001 */
            id: string;
            /** @example 2026-01-31T12:00:00.000Z */
            placed_at: string;
            /** @enum {unknown} */
            status: "placed" | "cancelled";
            /** @example 12.50 */
            total: string;
        };
        /** UserPage */
        UserPage: {
            data: components["schemas"]["UserWithOrders"][];
            has_more: boolean;
            /** @description `cursor` of the next page; null at the end */
            next_cursor: string | null;
        };
        /** UserWithOrders */
        UserWithOrders: {
            /** @example 2026-01-31T12:00:00.000Z */
            created_at: string;
            /** @example ada@example.com */
            email: string;
            /** @example 0198c0de-0000-7000-8000-000000000001 */
            id: string;
            name: string;
            /** @description newest first; only when included */
            orders?: components["schemas"]["UserOrder"][];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readEventsPage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page without scripts */
            200: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description The request is not shaped as it should be */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readAsyncApiDocument: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The AsyncAPI 3.0 document */
            200: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description The request is not shaped as it should be */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readOpenApiDocument: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The OpenAPI document of the service */
            200: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description The request is not shaped as it should be */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listProblems: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All problems that an answer can name */
            200: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemKind"][];
                    "text/html": string;
                };
            };
            /** @description The request is not shaped as it should be */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readProblem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example insufficient-stock */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The problem, as its `type` points at it */
            200: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemKind"];
                    "text/html": string;
                };
            };
            /** @description The request is not shaped as it should be */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readEventSchema: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                type: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The JSON Schema (2020-12) */
            200: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/schema+json": Record<string, never>;
                };
            };
            /** @description The request is not shaped as it should be */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    placeOrder: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Chosen by the client, one for each thing that it wants done; the same again for a retry.
                 * @example order-4711-first-try
                 */
                "idempotency-key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "user_id": "0198c0de-0000-7000-8000-000000000001",
                 *       "items": [
                 *         {
                 *           "product_id": "0198c0de-0000-7000-8000-000000000101",
                 *           "quantity": 2
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["NewOrder"];
            };
        };
        responses: {
            /** @description The order, as it was answered the first time */
            201: {
                headers: {
                    /** @description the version, quoted, for If-Match */
                    etag?: string;
                    /** @description only on the repetition of a request that was answered before with the same key */
                    "idempotent-replayed"?: "true";
                    /** @description path of what was made */
                    location?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description The request is not shaped as it should be; The body is not JSON; The Idempotency-Key header is missing or malformed */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A valid bearer token is required */
            401: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not allow this */
            403: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is not enough in stock; The first request with this key is still running */
            409: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be application/json */
            415: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such user; There is no such product; One order is in one currency; The total is more than an order can hold; The key was used for another request */
            422: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readOrder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0198c0de-0000-7000-8000-000000000001 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order */
            200: {
                headers: {
                    /** @description the version, quoted, for If-Match */
                    etag?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description The request is not shaped as it should be */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A valid bearer token is required */
            401: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not allow this */
            403: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelOrder: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Chosen by the client, one for each thing that it wants done; the same again for a retry.
                 * @example order-4711-first-try
                 */
                "idempotency-key": string;
                /**
                 * @description ETag of what is to be changed, as it was read; `*` for whatever version there is.
                 * @example "1"
                 */
                "if-match": string;
            };
            path: {
                /** @example 0198c0de-0000-7000-8000-000000000001 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cancelled order */
            200: {
                headers: {
                    /** @description the version, quoted, for If-Match */
                    etag?: string;
                    /** @description only on the repetition of a request that was answered before with the same key */
                    "idempotent-replayed"?: "true";
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description The request is not shaped as it should be; The Idempotency-Key header is missing or malformed */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A valid bearer token is required */
            401: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not allow this */
            403: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The first request with this key is still running; The order cannot be cancelled any more */
            409: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The order has changed since it was read */
            412: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The stock is more than a product can have; The key was used for another request */
            422: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request must say which version it is about */
            428: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readOrderEvents: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0198c0de-0000-7000-8000-000000000001 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One entry per version of the order */
            200: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventDeliveries"];
                };
            };
            /** @description The request is not shaped as it should be */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A valid bearer token is required */
            401: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not allow this */
            403: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    placeOrderBatch: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Chosen by the client, one for each thing that it wants done; the same again for a retry.
                 * @example order-4711-first-try
                 */
                "idempotency-key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "orders": [
                 *         {
                 *           "user_id": "0198c0de-0000-7000-8000-000000000001",
                 *           "items": [
                 *             {
                 *               "product_id": "0198c0de-0000-7000-8000-000000000101",
                 *               "quantity": 2
                 *             }
                 *           ],
                 *           "idempotency_key": "order-4711-first-try"
                 *         },
                 *         {
                 *           "user_id": "0198c0de-0000-7000-8000-000000000001",
                 *           "items": [
                 *             {
                 *               "product_id": "0198c0de-0000-7000-8000-000000000101",
                 *               "quantity": 2
                 *             }
                 *           ]
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["NewOrderBatch"];
            };
        };
        responses: {
            /** @description A status and an answer for each order */
            207: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchResults"];
                };
            };
            /** @description The request is not shaped as it should be; The body is not JSON; The Idempotency-Key header is missing or malformed */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A valid bearer token is required */
            401: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not allow this */
            403: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The first request with this key is still running */
            409: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be application/json */
            415: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key was used for another request */
            422: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listProducts: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                limit?: number;
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the catalogue */
            200: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProductPage"];
                };
            };
            /** @description The request is not shaped as it should be; The cursor does not belong to this list */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createProduct: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sku": "TEA-100",
                 *       "name": "Tea, 100 g",
                 *       "price": "12.50",
                 *       "currency": "EUR",
                 *       "stock": 250
                 *     }
                 */
                "application/json": components["schemas"]["NewProduct"];
            };
        };
        responses: {
            /** @description The new product */
            201: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Product"];
                };
            };
            /** @description The request is not shaped as it should be; The body is not JSON */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A valid bearer token is required */
            401: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not allow this */
            403: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another product has this SKU */
            409: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be application/json */
            415: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This currency is not supported */
            422: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    adjustStock: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Chosen by the client, one for each thing that it wants done; the same again for a retry.
                 * @example order-4711-first-try
                 */
                "idempotency-key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "adjustments": [
                 *         {
                 *           "product_id": "0198c0de-0000-7000-8000-000000000101",
                 *           "delta": 40
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["StockAdjustments"];
            };
        };
        responses: {
            /** @description What is in stock now, as it was answered the first time */
            200: {
                headers: {
                    /** @description only on the repetition of a request that was answered before with the same key */
                    "idempotent-replayed"?: "true";
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StockLevels"];
                };
            };
            /** @description The request is not shaped as it should be; The body is not JSON; The Idempotency-Key header is missing or malformed */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A valid bearer token is required */
            401: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not allow this */
            403: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is not enough in stock; The first request with this key is still running */
            409: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be application/json */
            415: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such product; The stock is more than a product can have; The key was used for another request */
            422: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reportTopBuyers: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Buyers, most spent first */
            200: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Buyer"][];
                };
            };
            /** @description The request is not shaped as it should be */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A valid bearer token is required */
            401: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not allow this */
            403: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                /** @description with the 10 newest orders of each; needs orders:read:any for those of others */
                include?: "orders";
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the users */
            200: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            /** @description The request is not shaped as it should be; The cursor does not belong to this list */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A valid bearer token is required */
            401: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not allow this */
            403: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upsertUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "name": "Ada"
                 *     }
                 */
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description The user as they are now */
            200: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description The request is not shaped as it should be; The body is not JSON */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A valid bearer token is required */
            401: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not allow this */
            403: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be application/json */
            415: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "name": "Ada"
                 *     }
                 */
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description The new user */
            201: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description The request is not shaped as it should be; The body is not JSON */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A valid bearer token is required */
            401: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not allow this */
            403: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Another user has this e-mail address */
            409: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body must be application/json */
            415: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readUser: {
        parameters: {
            query?: {
                /** @description with the 10 newest orders of each; needs orders:read:any for those of others */
                include?: "orders";
            };
            header?: never;
            path: {
                /** @example 0198c0de-0000-7000-8000-000000000001 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user */
            200: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserWithOrders"];
                };
            };
            /** @description The request is not shaped as it should be */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A valid bearer token is required */
            401: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not allow this */
            403: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUserOrders: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before */
                cursor?: string;
                limit?: number;
                status?: "placed" | "cancelled";
            };
            header?: never;
            path: {
                /** @example 0198c0de-0000-7000-8000-000000000001 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the user’s orders */
            200: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderSummaryPage"];
                };
            };
            /** @description The request is not shaped as it should be; The cursor does not belong to this list */
            400: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A valid bearer token is required */
            401: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token does not allow this */
            403: {
                headers: {
                    /** @description what the token lacks (RFC 6750, 3) */
                    "www-authenticate"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request took too long to come */
            408: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests in a minute */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The head of the request is too large */
            431: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here */
            500: {
                headers: {
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description seconds to wait */
                    "retry-after"?: string;
                    /** @description names the request; `instance` of a problem */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
