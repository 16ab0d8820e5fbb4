#import <Foundation/Foundation.h>
#import <stdio.h>

/* The higher count first; among equals, by word. */
static NSInteger compare(id a, id b, void *context) {
    NSCountedSet *words = context;
    NSUInteger m = [words countForObject:a], n = [words countForObject:b];
    if (m != n) return m > n ? NSOrderedAscending : NSOrderedDescending;
    return [a compare:b];
}

int main(void) {
    NSAutoreleasePool *pool = [NSAutoreleasePool new];
    NSData *input = [[NSFileHandle fileHandleWithStandardInput] readDataToEndOfFile];
    NSString *text = [[[NSString alloc] initWithData:input encoding:NSUTF8StringEncoding] autorelease];
    NSCharacterSet *spaces = [NSCharacterSet whitespaceAndNewlineCharacterSet];

    NSCountedSet *words = [NSCountedSet set];
    for (NSString *word in [text componentsSeparatedByCharactersInSet:spaces]) {
        if ([word length] > 0) [words addObject:word];
    }

    for (NSString *word in [[words allObjects] sortedArrayUsingFunction:compare context:words]) {
        printf("%lu %s\n", (unsigned long)[words countForObject:word], [word UTF8String]);
    }
    [pool release];
    return 0;
}
