"""Entities of buying and selling."""

from __future__ import annotations

from integrations.llm.offline.library.notation import entity

COMMERCE = [
    entity(
        "Product",
        "product; producto; article for sale; articulo en venta",
        "Something that is sold",
        "name: string(150); description: text optional; price: decimal min 0; stock: integer min 0 = 0; "
        "is_active: boolean = true",
        "category -> Category optional; supplier -> Supplier optional; brand -> Brand optional; tags <-> Tag",
    ),
    entity(
        "Category",
        "category; categoria",
        "A group that things are sorted into",
        "name: string(100) unique; description: text optional",
    ),
    entity("Tag", "tag; label; etiqueta", "A word that things are found by", "name: string(50) unique"),
    entity("Brand", "brand; marca", "The maker's name", "name: string(100) unique"),
    entity(
        "Customer",
        "customer; buyer; shopper; cliente; comprador",
        "Somebody who buys",
        "name: string(100); email: email unique; phone: string(30) optional; address: string(300) optional",
    ),
    entity(
        "Supplier",
        "supplier; vendor; proveedor",
        "A company that delivers",
        "name: string(150); email: email unique; phone: string(30) optional",
    ),
    entity(
        "Order",
        "order; purchase; pedido; orden; compra",
        "What somebody wants to buy",
        "number: string(30) unique; status: choice pending|paid|shipped|delivered|cancelled = pending; "
        "total: decimal min 0 = 0; notes: text optional",
        "customer -> Customer; user -> User; supplier -> Supplier optional; restaurant -> Restaurant; "
        "dining_table -> DiningTable optional",
    ),
    entity(
        "OrderItem",
        "order item; order line; line item; linea de pedido; articulo del pedido; articulo de pedido; "
        "detalle de pedido; "
        "item de pedido",
        "One line of an order",
        "quantity: integer min 1 = 1; unit_price: decimal min 0",
        "order -> Order; product -> Product; dish -> Dish",
    ),
    entity(
        "Invoice",
        "invoice; bill; factura; recibo",
        "What somebody has to pay",
        "number: string(30) unique; issued_on: date; due_on: date optional; total: decimal min 0; "
        "status: choice draft|sent|paid|overdue = draft",
        "customer -> Customer; client -> Client; order -> Order optional; patient -> Patient",
    ),
    entity(
        "Payment",
        "payment; pago",
        "Money that was received",
        "amount: decimal min 0; paid_on: date; method: choice card|cash|transfer = card",
        "invoice -> Invoice; order -> Order; member -> Member; reservation -> Reservation",
    ),
    entity(
        "Review",
        "review; rating; resena; valoracion; opinion",
        "What somebody thinks of something",
        "rating: integer min 1; comment: text optional",
        "product -> Product; book -> Book; movie -> Movie; restaurant -> Restaurant; hotel -> Hotel; user -> User; "
        "customer -> Customer",
    ),
    entity(
        "Warehouse",
        "warehouse; almacen; deposito",
        "Where goods are kept",
        "name: string(100) unique; address: string(300) optional",
    ),
    entity(
        "Client",
        "client",
        "A company or person that work is done for",
        "name: string(150); email: email unique; phone: string(30) optional",
    ),
]
